"""Errors as HTTP: one envelope, a clear sentence, the right status."""

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from antiphon.core.errors import AntiphonError, BadRequest, Busy, Forbidden, NotFound, Unauthorized

STATUS: dict[type[AntiphonError], tuple[int, str]] = {
    Unauthorized: (401, "unauthorized"),
    Forbidden: (403, "forbidden"),
    NotFound: (404, "not_found"),
    BadRequest: (400, "bad_request"),
    Busy: (503, "busy"),
    AntiphonError: (500, "failed"),
}


def envelope(code: str, message: str) -> dict[str, dict[str, str]]:
    """The body of every error."""
    return {"error": {"code": code, "message": message}}


def status_of(error: AntiphonError) -> tuple[int, str]:
    """HTTP status and code of one of our errors."""
    return next(STATUS[kind] for kind in type(error).__mro__ if kind in STATUS)


async def _ours(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, AntiphonError)
    status, code = status_of(error)
    message = str(error) if status != 500 else "Something broke on our side; the server's log says what."
    headers = {}
    if isinstance(error, Busy):
        headers["Retry-After"] = str(error.retry_after_s)
    if status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(envelope(code, message), status, headers)


async def _invalid(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    first = error.errors()[0]
    where = ".".join(str(part) for part in first["loc"])
    return JSONResponse(envelope("bad_request", f"{where}: {first['msg']}"), 400)


async def _http(_request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    code = {404: "not_found", 405: "method_not_allowed", 413: "too_large"}.get(error.status_code, "bad_request")
    return JSONResponse(envelope(code, str(error.detail)), error.status_code, dict(error.headers or {}))


def install_faults(app: FastAPI) -> None:
    """Make `app` answer every error with the envelope."""
    app.add_exception_handler(AntiphonError, _ours)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
