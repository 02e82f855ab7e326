"""What a recording shows about a training, as numbers; the charts draw them."""
