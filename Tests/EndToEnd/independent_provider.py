"""oidc-provider-mock from PyPI, an OpenID provider that this project did not write."""

from contextlib import contextmanager

from oidc_provider_mock import User, run_server_in_thread

from user_agent import Answer, UserAgent

MEMBER = User(
    sub="mock-1",
    claims={
        "email": "member@example.org",
        "name": "Mock Member",
        "groups": ["infraon-admins", "infraon-tech-mock"],
    },
)
STRANGER = User(sub="mock-2", claims={"email": "stranger@example.org", "name": "Mock Stranger", "groups": []})


class IndependentProvider:
    def __init__(self, port: int):
        self.issuer = f"http://localhost:{port}"

    def register(self, redirect_uri: str) -> dict:
        """A client by RFC 7591, so that the provider checks id, secret and redirect URI; gateway settings for it."""
        body = f'{{"redirect_uris":["{redirect_uri}"],"token_endpoint_auth_method":"client_secret_basic"}}'.encode()
        agent = UserAgent()
        answer = agent.post(
            f"{self.issuer}/oauth2/clients", body=body, program=True, headers={"Content-Type": "application/json"}
        )
        assert answer.status == 201, answer
        client = answer.json
        return {
            "kind": "oidc",
            "url": self.issuer,
            "client_id": client["client_id"],
            "client_secret": client["client_secret"],
        }

    def consent(self, agent: UserAgent, answer: Answer, sub: str | None) -> Answer:
        """Authorizes as `sub` on the provider's form, or denies when it is None."""
        answer = agent.follow(answer)
        assert answer.status == 200 and answer.url.startswith(self.issuer), answer
        form = {"action": "deny"} if sub is None else {"sub": sub}
        return agent.post(answer.url, form=form, referrer=answer.url)


@contextmanager
def independent_provider():
    with run_server_in_thread(
        require_client_registration=True, require_nonce=True, user_claims=[MEMBER, STRANGER]
    ) as server:
        yield IndependentProvider(server.server_port)
