"""Rule 13: well signed, and in answer to another question than ours, or to one that nobody asked."""

from .catalogue import UNSOLICITED, Catalogue
from .messages import (
    REQUEST,
    assertion,
    confirmation,
    confirmation_data,
    subject,
)
from .signing import okta

CATALOGUE = Catalogue()
refused = CATALOGUE.refused


def answering(response_to: str | None, confirmation_to: str | None, signs: str = "both") -> str:
    bound = subject(None, confirmation(confirmation_data(InResponseTo=confirmation_to)))
    return okta(assertion(subject_=bound), start={"InResponseTo": response_to}, signs=signs)


ANSWERS = {
    "to-another-request": ("_another", "_another"),
    "to-another-request-in-the-response": ("_another", REQUEST),
    "to-another-request-in-the-assertion": (REQUEST, "_another"),
    "to-nothing": (None, None),
    "to-nothing-in-the-assertion": (REQUEST, None),
    "empty": ("", ""),
    "empty-in-the-assertion": (REQUEST, ""),
    "in-capitals": (REQUEST.upper(), REQUEST.upper()),
    "with-a-blank": (REQUEST, REQUEST + " "),
    "cut-short": (REQUEST, REQUEST[:-1]),
    "longer": (REQUEST, REQUEST + "0"),
}
refused(
    13,
    "in_response_to_mismatch in_response_to_missing",
    {f"answers-{name}": lambda pair=pair: answering(*pair) for name, pair in ANSWERS.items()}
    | {"answers-another-request-in-an-unsigned-response": lambda: answering("_another", REQUEST, "assertion")},
)
refused(
    13,
    "in_response_to_unexpected",
    {
        "unsolicited-with-in-response-to": lambda: answering(REQUEST, REQUEST),
        "unsolicited-with-in-response-to-in-the-response": lambda: answering(REQUEST, None),
        "unsolicited-with-in-response-to-in-an-unsigned-response": lambda: answering(REQUEST, None, "assertion"),
        "unsolicited-with-in-response-to-in-the-assertion": lambda: answering(None, REQUEST),
        "unsolicited-with-empty-in-response-to": lambda: answering("", ""),
        "unsolicited-with-empty-in-response-to-in-the-assertion": lambda: answering(None, ""),
    },
    place=UNSOLICITED,
    twin="unsolicited",
)
