"""Sound events, of which trainings see the tags of clips."""

VALIDATION = ("verified_tag_f1", "verified tag F1")
