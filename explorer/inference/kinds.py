"""What the inference process can be asked. Loads TensorFlow.

To add a kind, write a function that takes a progress callback, called as
`progress(share, words)`, and plain keyword arguments, and returns arrays by name; name it here.
`client.submit(name, **arguments)` then answers with these arrays.
"""

from explorer.inference.attribution import attribute
from explorer.inference.comparing import compare
from explorer.inference.describing import describe_network
from explorer.inference.exciting import exciting
from explorer.inference.feature_maps import feature_map, feature_maps
from explorer.inference.history import history
from explorer.inference.keras_convolution import keras_convolution
from explorer.inference.looking import classify_given
from explorer.inference.maximise import layers_to_look_into, maximise
from explorer.inference.range_test import range_test
from explorer.inference.shifting import shift_map, shift_share
from explorer.inference.surface import surface
from explorer.inference.unlike import unlike
from explorer.inference.valley import valley

KINDS = {
    "compare": compare,
    "classify_given": classify_given,
    "describe_network": describe_network,
    "attribute": attribute,
    "history": history,
    "unlike": unlike,
    "feature_maps": feature_maps,
    "feature_map": feature_map,
    "maximise": maximise,
    "exciting": exciting,
    "layers_to_look_into": layers_to_look_into,
    "surface": surface,
    "valley": valley,
    "range_test": range_test,
    "shift_map": shift_map,
    "shift_share": shift_share,
    "keras_convolution": keras_convolution,
}
