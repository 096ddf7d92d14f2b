"""Rule 12: well signed, and not now: times that are over, that are still to come, or that are no times."""

from .catalogue import HERE, Catalogue
from .good_meaning import authenticated, conditioned, confirmed
from .messages import (
    assertion,
    authentication,
    moment,
)
from .signing import okta

CATALOGUE = Catalogue()
refused = CATALOGUE.refused


TIMES = {
    "empty": "",
    "a-word": "tomorrow",
    "a-number": "1773135000",
    "a-date": "2026-03-10",
    "without-zone": "2026-03-10T09:35:00",
    "with-an-offset": "2026-03-10T11:35:00+02:00",
    "with-a-blank-for-t": "2026-03-10 09:35:00Z",
    "in-lower-case": "2026-03-10t09:35:00z",
    "of-the-31st-of-february": "2026-02-31T09:35:00Z",
    "of-hour-25": "2026-03-10T25:35:00Z",
    "of-five-digit-years": "20260-03-10T09:35:00Z",
    "of-a-negative-year": "-2026-03-10T09:35:00Z",
    "of-year-zero": "0000-03-10T09:35:00Z",
    "with-garbage": "2026-03-10T09:35:00Zx",
    "with-other-digits": "٢٠٢٦-03-10T09:35:00Z",
    "with-a-fraction-of-100000-digits": f"2026-03-10T09:35:00.{'1' * 100_000}Z",
    "of-a-leap-second": "2026-03-10T09:35:61Z",
    "with-a-fraction-of-nothing": "2026-03-10T09:35:00.Z",
}
refused(
    12,
    "confirmation_expired time_malformed",
    {f"time-{name}": lambda text=text: confirmed(NotOnOrAfter=text) for name, text in TIMES.items()}
    | {
        f"time-{name}-in-conditions": lambda text=text: conditioned(NotOnOrAfter=text)
        for name, text in TIMES.items()
        if name in ("empty", "a-word", "without-zone")
    }
    | {
        "time-of-issue-missing": lambda: okta(assertion(start={"IssueInstant": None})),
        "time-of-issue-missing-in-the-response": lambda: okta(start={"IssueInstant": None}),
        "time-of-issue-a-word": lambda: okta(assertion(start={"IssueInstant": "now"})),
        "time-of-authentication-missing": lambda: authenticated(AuthnInstant=None),
        "time-of-authentication-a-word": lambda: authenticated(AuthnInstant="now"),
        "time-of-session-end-a-word": lambda: authenticated(SessionNotOnOrAfter="later"),
    },
)
refused(
    12,
    "confirmation_expired expired not_yet_valid session_expired",
    {
        "not-before-in-61-seconds": lambda: conditioned(NotBefore=moment(61)),
        "not-before-in-60-seconds-and-a-bit": lambda: conditioned(NotBefore=moment(60.5)),
        "not-on-or-after-60-seconds-ago": lambda: conditioned(NotOnOrAfter=moment(-60)),
        "not-on-or-after-long-ago": lambda: conditioned(NotOnOrAfter="2001-01-01T00:00:00Z"),
        "not-before-far-away": lambda: conditioned(NotBefore="2101-01-01T00:00:00Z"),
        "confirmation-ended-60-seconds-ago": lambda: confirmed(NotOnOrAfter=moment(-60)),
        "session-ended-60-seconds-ago": lambda: authenticated(SessionNotOnOrAfter=moment(-60)),
        "session-ended-in-the-second-statement": lambda: okta(
            assertion(authentication_=authentication() + authentication(SessionNotOnOrAfter=moment(-3600)))
        ),
        "times-the-wrong-way-round": lambda: conditioned(NotBefore=moment(300), NotOnOrAfter=moment(-300)),
    },
)
refused(
    12,
    "confirmation_expired expired not_yet_valid",
    {
        "skew-0-not-before-in-a-second": lambda: conditioned(NotBefore=moment(1)),
        "skew-0-ends-now": lambda: conditioned(NotOnOrAfter=moment()),
        "skew-0-confirmation-ends-now": lambda: confirmed(NotOnOrAfter=moment()),
    },
    place=HERE.but(skew=0),
    twin="skew-0-ends-in-a-second",
)
refused(12, "expired not_yet_valid", {"judged-a-year-later": okta}, place=HERE.but(at=HERE.at.replace(year=2027)))
refused(12, "expired not_yet_valid", {"judged-a-year-before": okta}, place=HERE.but(at=HERE.at.replace(year=2025)))
