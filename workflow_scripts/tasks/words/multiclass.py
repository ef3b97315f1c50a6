"""Each clip has one label."""

MAIN_NAME = "MAP@3"
NAMES = {"map3": MAIN_NAME, "accuracy": "accuracy"}
VALIDATION = ("verified_map3", "verified MAP@3")
OVERVIEW = [("map3", "all"), ("accuracy", "all"), ("map3", "public"), ("map3", "private"), ("map3", "oof_verified")]
COLUMNS = {
    "accuracy": "Accuracy",
    "sed_eval_f_measure": "F-measure over clips",
    "sed_eval_class_f_measure": "F-measure over classes",
    "sed_eval_eer": "Equal error rate",
    "expected_calibration_error": "Calibration error",
}
CLASS_COLUMNS = {"ap3": "AP@3", "f1": "F1", "precision": "Precision", "recall": "Recall"}
COUNTED = ""
RELIABILITY = {
    "title": "how often systems are right, by how sure they are",
    "of": "",
    "share": "share right",
    "number": "clips",
    "confidence": "confidence",
}
EXPLAINED = [
    (
        MAIN_NAME,
        (
            "Mean over the clips of 1, 1/2 or 1/3 where the true class is the best, second or third best "
            "guess, else 0; 1 is\n"
            "best. Out of fold, each clip is judged by models that have not been trained on it; but epochs "
            "and rounds may be chosen\n"
            "by these clips, which makes the numbers slightly optimistic."
        ),
    ),
    ("Accuracy", "Share of the clips whose best guess is the true class."),
    (
        "F-measure over clips, F-measure over classes, equal error rate",
        (
            "The audio-tagging measures of sed_eval. Over clips, F-measure, precision and recall are all "
            "equal to the accuracy,\n"
            "as every clip has one true class and one best guess; over classes the F-measure is the mean "
            "over the classes that have\n"
            "clips; so is the equal error rate, of which 0 is best."
        ),
    ),
    (
        "Calibration error",
        "How far the probability of the best guess is from how often it is right, on average; 0 is best.",
    ),
]
CLASSES_EXPLAINED = "AP@3: as MAP@3, over these clips only. F1, precision and recall: of the best guesses."
UNDEFINED = "because no clip has the class, or none is taken for it."
LEFT_OUT = "A clip that is taken for one of them counts as a\nmistake of its true class."
