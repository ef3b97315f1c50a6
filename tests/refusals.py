"""What a user is told of a mistake: one line."""

import pytest

from workflow_scripts.common.errors import UserError


def refusal(function, *arguments, **settings):
    """Return the message of the UserError that ``function`` raises."""
    with pytest.raises(UserError) as caught:
        function(*arguments, **settings)
    message = str(caught.value)
    assert "\n" not in message
    return message
