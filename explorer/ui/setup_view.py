"""Setting up a training: images, network, hyperparameters, start."""

from dataclasses import replace

import streamlit as st

from explorer import data
from explorer.models.architectures import Network
from explorer.training import jobs
from explorer.training.experiment import article_experiment
from explorer.training.spec import TrainingSpec
from explorer.ui import data_panel, network_panel, text, training_form
from explorer.ui.address import go_to_runs


def show():
    """Show the three choices in order; each is only there when the one before stands."""
    images, choice = _images()
    if images is None:
        return
    network = _network(images)
    if network is None:
        return
    st.header("Training")
    spec = training_form.choose_training(choice, network)
    if spec is not None:
        split = data_panel.split_of(images.key, images, spec.seed)
        training_form.show_cost(spec, network, len(split.train))
        _start(spec, images)


def _images():
    st.header("Images")
    left, right = st.columns([1, 2], gap="large")
    with left:
        choice = data_panel.choose_data()
    with right:
        if choice is None:
            st.info("Choose the images first; they appear here.", icon=":material/imagesmode:")
            return None, None
        images = data_panel.read_with_progress(choice)
        can_be_split = images is not None and data_panel.show_images(images)
    return (images if can_be_split else None), choice


def _network(images: data.ImageSet) -> Network | None:
    st.header("Network")
    left, right = st.columns([1, 2], gap="large")
    with left:
        network = network_panel.choose_network(images)
    if network is not None:
        with right:
            network_panel.show_network(network)
    return network


def _start(spec: TrainingSpec, images: data.ImageSet):
    """Start one or two trainings when a button was pressed, and go to watch them."""
    start = training_form.chosen_start()
    if start is None:
        return
    if start == "train":
        specs = (training_form.named(spec, images.name),)
    else:
        specs = article_experiment(replace(spec, name=spec.name or images.name))
    try:
        started = [jobs.submit(one).id for one in specs]
    except (ValueError, OSError) as error:
        st.error(text.plain(error), icon=":material/error:")
        return
    go_to_runs(started)
