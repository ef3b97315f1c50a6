"""No table: a folder of TFRecord files, of which each record is a clip, its labels and its embeddings (AudioSet).

Rule list_embeddings reads them, see :mod:`workflow_scripts.data.audioset_embeddings`.
"""
