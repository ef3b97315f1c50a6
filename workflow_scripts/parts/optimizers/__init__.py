"""Optimizers: how the weights of a network follow the gradient. One module each, imported by name, with

``build(parameters, **parameters)``: a ``torch.optim.Optimizer`` of a network's ``parameters()``. The training loop sets
its learning rate before every update, by the schedule, and saves its state whenever it saves the network.

Weight decay here concerns all parameters. A penalty on the kernels of some layers, as of Keras' ``kernel_regularizer``,
is no matter of the optimizer: it is the key ``l2`` of a training, see ``workflow_scripts.training.objective``.
"""
