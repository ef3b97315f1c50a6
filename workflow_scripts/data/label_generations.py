"""Which of its published states a label file is in: corrected labels have the same name and give other scores."""

from workflow_scripts.common.files import md5_of


def recognise(path, table, generations):
    """Return one line that says which of ``generations`` the label file is.

    ``table``: its rows. ``generations``: a list of mappings with ``name``, ``md5`` (of the file) or, where that is not
    known, ``rows`` (how many it has).
    """
    digest = md5_of(path)
    for generation in generations:
        if generation.get("md5") == digest:
            return f"{path}: the labels of {generation['name']}, recognised by their md5"
    for generation in generations:
        if generation.get("rows") == len(table):
            return f"{path}: perhaps the labels of {generation['name']}, by their {len(table)} rows; md5 {digest}"
    known = ", ".join(generation["name"] for generation in generations)
    return f"{path}: a state of the labels that is not known ({known} are); {len(table)} rows, md5 {digest}"
