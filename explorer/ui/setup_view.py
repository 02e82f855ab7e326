"""Setting up a training: images, network, hyperparameters, start."""

from dataclasses import replace

import streamlit as st

from explorer import data
from explorer.models.architectures import Network
from explorer.runs.writable import why_no_new
from explorer.training import allowance, jobs
from explorer.training.experiment import article_experiment
from explorer.training.spec import TrainingSpec
from explorer.ui import (
    data_panel,
    form_filling,
    learning_rate_new_sweep,
    network_panel,
    text,
    training_form,
)
from explorer.ui.address import go_to_runs, look_at_runs
from explorer.ui.learning_rate_range import THE_FORM
from explorer.ui.loading import DataChoice
from explorer.ui.visitor import owner


def show():
    """Show the three choices in order. One that cannot be used leaves the others usable."""
    if why := why_no_new():
        _show_closed(why)
        return
    form_filling.fill_from_link()
    st.header("Images")
    left, right = st.columns([1, 2], gap="large")
    with left:
        choice = data_panel.choose_data()
        validation_share = data_panel.choose_validation_share()
    with right:
        images = _images(choice)
        can_be_split = images is not None and data_panel.show_images(images, validation_share)
    if images is None:
        return
    network = _network(images)
    st.header("Training")
    spec = training_form.choose_training(choice, network, validation_share)
    ready = spec is not None and can_be_split
    if ready:
        form_filling.remember(spec)
        split = data_panel.split_of(images.key, images, validation_share, spec.seed)
        cost = training_form.show_cost(spec, network, len(split.train))
        _offer_range_test()
    start = training_form.chosen_start(ready=ready)
    if start == "sweep":
        named = replace(spec, name=spec.name or images.name)
        learning_rate_new_sweep.take_from_form(named, cost)
    elif start is not None:
        _start(start, spec, images, cost.num_bytes)


def _show_closed(why: str):
    """Say at once that nothing can be trained: reading images for it would take a while."""
    st.info(text.plain(why), icon=":material/lock:")
    st.button(
        "Look at the runs that are there",
        icon=":material/arrow_forward:",
        on_click=look_at_runs,
    )


def _offer_range_test():
    st.page_link(
        "pages/learning_rate.py",
        label="Which learning rate? Test a range of them with these settings",
        icon=":material/speed:",
        query_params={"view": "Range test", "of": THE_FORM},
    )


def _images(choice: DataChoice | None) -> data.ImageSet | None:
    if choice is None:
        st.info("Choose the images first; they appear here.", icon=":material/imagesmode:")
        return None
    return data_panel.read_with_progress(choice)


def _network(images: data.ImageSet) -> Network | None:
    st.header("Network")
    left, right = st.columns([1, 2], gap="large")
    with left:
        network = network_panel.choose_network(images)
    with right:
        if network is None:
            st.info("The network appears here when it fits the images.", icon=":material/layers:")
        else:
            network_panel.show_network(network)
    return network


def _start(start: str, spec: TrainingSpec, images: data.ImageSet, num_bytes: int):
    """Start one training or the two of the experiment, and go to watch them."""
    if start == "train":
        specs = (training_form.named(spec, images.name),)
    else:
        specs = article_experiment(replace(spec, name=spec.name or images.name))
    try:
        allowance.check(owner(), len(specs), num_bytes=len(specs) * num_bytes)
        started = [jobs.submit(one, owner=owner(), num_bytes=num_bytes).id for one in specs]
    except (ValueError, OSError) as error:
        st.error(text.plain(error), icon=":material/error:")
        return
    go_to_runs(started)
