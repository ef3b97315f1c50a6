"""The names of clips where a table tells them in several columns: in one the folder, in another the file, say."""

import re

from workflow_scripts.common.errors import UserError


def with_file_names(table, columns, file):
    """Return ``table`` (text) with the column of file names that ``columns["fname"]`` names.

    A name like ``fold{fold}/{slice_file_name}`` is made from these columns. ``file``: the table's, for messages. Raises
    UserError where one of them is missing; a plain name is looked for later.
    """
    template = columns["fname"]
    used = re.findall(r"{([^{}]*)}", template)
    if template in table or not used:
        return table
    for name in used:
        if name not in table:
            raise UserError(f"{file}: column {name!r} is missing, of which fname is made; it has {list(table)}")
    made = [re.sub(r"{([^{}]*)}", lambda match: row[match[1]], template) for row in table.to_dict("records")]  # noqa: B023
    return table.assign(**{template: made})
