# Convnet Explorer with TensorFlow for processors. What it serves, and how to guard it:
# docs/deployment.md
FROM python:3.13-slim AS build
WORKDIR /build
RUN python -m venv /venv
COPY requirements.txt ./
RUN /venv/bin/pip install --no-cache-dir -r requirements.txt
COPY pyproject.toml hatch_build.py README.md LICENSE streamlit_app.py ./
COPY .streamlit ./.streamlit
COPY docs/verdicts.md ./docs/
COPY pages ./pages
COPY checkpoints ./checkpoints
COPY explorer ./explorer
RUN /venv/bin/pip install --no-cache-dir '.[tensorboard]'

FROM python:3.13-slim
RUN useradd --uid 1000 --create-home explorer \
    && install --directory --owner=explorer /data /cache
COPY --from=build /venv /venv
# Own runs go to /data, what can be made again to /cache; nothing else is written but /tmp.
ENV PATH=/venv/bin:$PATH \
    PYTHONDONTWRITEBYTECODE=1 \
    XDG_DATA_HOME=/data \
    EXPLORER_CACHE=/cache \
    KERAS_HOME=/cache/keras
USER 1000
WORKDIR /data
VOLUME ["/data", "/cache"]
EXPOSE 8501
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["python", "-c", "import urllib.request as ask; ask.urlopen('http://127.0.0.1:8501/_stcore/health', timeout=4)"]
CMD ["explorer", "app", "--no-browser", "--address", "0.0.0.0"]
