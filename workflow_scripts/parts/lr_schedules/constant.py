"""The same in every epoch."""


def rate(epoch, epochs, learning_rate):
    return learning_rate
