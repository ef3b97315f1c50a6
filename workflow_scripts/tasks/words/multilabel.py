"""Each clip has any number of labels."""

MAIN_NAME = "lwlrap"
NAMES = {
    "lwlrap": MAIN_NAME,
    "map": "mAP",
    "auc": "AUC",
    "d_prime": "d'",
    "micro_f1": "micro F1",
    "macro_f1": "macro F1",
}
VALIDATION = ("verified_lwlrap", "verified lwlrap")
OVERVIEW = [("lwlrap", "all"), ("map", "all"), ("lwlrap", "public"), ("lwlrap", "private"), ("lwlrap", "oof_verified")]
COLUMNS = {
    "map": "mAP",
    "d_prime": "d'",
    "micro_f1": "Micro F1",
    "macro_f1": "Macro F1",
    "expected_calibration_error": "Calibration error",
}
CLASS_COLUMNS = {"ap": "AP", "auc": "AUC", "f1": "F1", "precision": "Precision", "recall": "Recall"}
COUNTED = "labels of "
RELIABILITY = {
    "title": "how often a clip has a class, by its probability",
    "of": "decisions on ",
    "share": "share that have it",
    "number": "decisions",
    "confidence": "probability",
}
EXPLAINED = [
    (
        MAIN_NAME,
        (
            "Label-weighted label-ranking average precision: of every label of every clip, the share of the "
            "clip's labels\n"
            "among the classes that are at least as probable as it, and of these shares the mean; 1 is best. "
            "A class weighs as much\n"
            "as it has clips. Out of fold, each clip is judged by models that have not been trained on it; "
            "but epochs may be chosen by\n"
            "these clips, which makes the numbers slightly optimistic."
        ),
    ),
    (
        "mAP, d'",
        (
            "Means over the classes that some of these clips have. mAP: of their average precision. d': the "
            "square root of 2\n"
            "times the inverse of the normal distribution at the mean area under their ROC curves, for which "
            "a class must be lacking in\n"
            "some clip, too; 0 is chance."
        ),
    ),
    (
        "Micro F1, macro F1",
        (
            "Of the classes with a probability of 0.5 or more: over all labels, and the mean over the "
            "classes that some of\n"
            "these clips have."
        ),
    ),
    (
        "Calibration error",
        (
            "How far the probability of a class is from how often clips have it, on average over all "
            "decisions, a clip and a\n"
            "class each; 0 is best. Most decisions are sure noes, so it is small."
        ),
    ),
]
CLASSES_EXPLAINED = (
    "AP: average precision. AUC: area under the ROC curve. F1, precision and recall: of a probability of\n0.5 or more."
)
UNDEFINED = "because no clip has the class, all have it (AUC), or none is tagged with it."
LEFT_OUT = "A clip that is tagged with one of them counts in\nlwlrap and micro F1."
