"""What predicting accuracies from past tasks is worth, and which settings are the defaults."""
