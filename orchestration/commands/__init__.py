"""The commands of `bandpass`, one module each; heavy imports happen inside, so that `--help` is quick."""
