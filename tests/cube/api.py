"""Cube's APIs, as their clients have them."""

from __future__ import annotations

import json
import time
from typing import Any

import jwt
import requests

from tests.cube.real import SECONDS, SETTINGS, RealCube

JOBS = "/cubejs-api/v1/pre-aggregations/jobs"
GRAPHQL = "{ cube { orders { rep seenBy count } } }"


def signed(security: Any) -> str:
    return jwt.encode(security, SETTINGS["CUBEJS_API_SECRET"], algorithm="HS256")


class Api:
    """Of a Cube that runs: HTTP for REST, GraphQL and jobs, and the WebSocket's messages."""

    def __init__(self, cube: RealCube) -> None:
        self._cube = cube
        self._url = f"http://127.0.0.1:{cube.ask('listen')['port']}"

    def send(
        self,
        method: str,
        path: str,
        security: Any = None,
        headers: dict[str, str] | None = None,
        **more: Any,
    ) -> tuple[int, Any]:
        """With the security context in a signed token, if there is one; until it is answered."""
        token = {} if security is None else {"Authorization": signed(security)}
        while True:
            reply = requests.request(
                method,
                self._url + path,
                headers={**token, **(headers or {})},
                timeout=SECONDS,
                **more,
            )
            answer = reply.json()
            if not isinstance(answer, dict) or answer.get("error") != "Continue wait":
                return reply.status_code, answer

    def get(self, path: str, security: Any = None, query: Any = None) -> dict[str, Any]:
        parameters = {"query": json.dumps(query)} if query else {}
        answer: dict[str, Any] = self.send("GET", path, security, params=parameters)[1]
        return answer

    def load(
        self, query: Any, security: Any, headers: dict[str, str] | None = None
    ) -> dict[str, Any]:
        parameters = {"query": json.dumps(query)}
        _, answer = self.send("GET", "/cubejs-api/v1/load", security, headers, params=parameters)
        return {"rows": answer["data"]} if "data" in answer else answer

    def graphql(
        self, security: Any, headers: dict[str, str] | None = None, path: str = ""
    ) -> dict[str, Any]:
        body = {"query": GRAPHQL}
        answer: dict[str, Any]
        _, answer = self.send("POST", f"/cubejs-api/graphql{path}", security, headers, json=body)
        return answer

    def socket(self, query: Any, security: Any, request_id: str = "r") -> list[dict[str, Any]]:
        """What a query and a subscription are answered."""
        asked = {"requestId": request_id, "params": {"query": query}}
        messages = [
            {"authorization": signed(security)},
            {"method": "load", "messageId": "1", **asked},
            {"method": "subscribe", "messageId": "2", **asked},
        ]
        replies: list[dict[str, Any]] = self._cube.ask("socket", messages=messages)["replies"]
        assert len(replies) >= 2
        return replies

    def order(self, caller: Any, ordered: Any, path: str = JOBS) -> list[str] | str:
        """Orders all there is to pre-aggregate; answers the jobs' tokens, or why not."""
        contexts = [{"securityContext": ordered}]
        selector = {"contexts": contexts, "timezones": ["UTC"]}
        body = {"action": "post", "selector": selector}
        answer: Any = self.send("POST", path, caller, json=body)[1]
        return answer if isinstance(answer, list) else str(answer)

    def follow(self, caller: Any, tokens: list[str] | str) -> list[str] | str:
        """How those jobs ended, or why it is not told."""
        deadline = time.monotonic() + SECONDS
        while time.monotonic() < deadline:
            body = {"action": "get", "tokens": tokens}
            answer: Any = self.send("POST", JOBS, caller, json=body)[1]
            if not isinstance(answer, list):
                return str(answer)
            states = [str(each["status"]) for each in answer]
            if not any(state in ("scheduled", "processing") for state in states):
                return states
            time.sleep(0.1)
        raise TimeoutError(f"still not ended: {states}")
