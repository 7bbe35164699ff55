"""Tracing: spans of requests and of steps of work for an OpenTelemetry collector, where an operator names one.

Spans hold templates, names of steps and statuses; no words, names or ids of people. An error is told by its kind.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager, nullcontext
from importlib.util import find_spec
from typing import TYPE_CHECKING, Protocol

from qa_service import __version__
from qa_service.errors import ConfigurationError
from qa_service.settings import Settings

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

_SETTING = "QA_OTEL_URL"
_NEEDED = ("opentelemetry.sdk", "opentelemetry.exporter.otlp.proto.http")


class Span(Protocol):
    """A stretch of work that is just being done."""

    def tell(self, *, name: str | None = None, **values: str | int) -> None:
        """What it turned out to be; ``__`` in names of values stands for a dot."""


class Tracing(Protocol):
    """What spans are given to; safe to use from several threads."""

    def span(self, name: str, *, headers: Mapping[str, str] | None = None, **values: str | int) -> AbstractContextManager[Span]:
        """A span from now to the end of the block, inside the one that is open here; else inside that of the caller whose ``headers``
        name one."""

    def close(self) -> None:
        """Send what is left."""


def tracing(settings: Settings) -> Tracing:
    """To the collector of the settings, or to nobody; raises :class:`ConfigurationError` without the packages for it."""
    if not settings.otel_url:
        return Untraced()
    missing = [name for name in _NEEDED if not _installed(name)]
    if missing:
        raise ConfigurationError("OpenTelemetry needs packages of its own", field=_SETTING, hint="pip install 'qa-service[otel]'")
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter

    return Traced(OTLPSpanExporter(endpoint=f"{settings.otel_url.rstrip('/')}/v1/traces"))


class Untraced:
    """Nobody wants to know."""

    def __init__(self) -> None:
        self._nothing = nullcontext(_Untold())

    def span(self, name: str, *, headers: Mapping[str, str] | None = None, **values: str | int) -> AbstractContextManager[Span]:
        """Nothing."""
        del name, headers, values
        return self._nothing

    def close(self) -> None:
        """Nothing to do."""


class _Untold:
    def tell(self, *, name: str | None = None, **values: str | int) -> None:
        """Nothing."""


class Traced:
    """Spans go to an exporter, many at once and behind the work."""

    def __init__(self, exporter: SpanExporter) -> None:
        # An extra, which most installations never need.
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor

        # One of our own, not that of the process: it ends with the service.
        self._provider = TracerProvider(
            resource=Resource({"service.name": "qa_service", "service.version": __version__}), shutdown_on_exit=False
        )
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("qa_service", __version__)

    @contextmanager
    def span(self, name: str, *, headers: Mapping[str, str] | None = None, **values: str | int) -> Iterator[Span]:
        """A span; an error that ends it is told by its kind, since its message may quote words."""
        from opentelemetry.trace import Status, StatusCode
        from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator

        parent = None if headers is None else TraceContextTextMapPropagator().extract(headers)
        with self._tracer.start_as_current_span(
            name, context=parent, attributes=_dotted(values), record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield _Told(span)
            except BaseException as error:
                span.set_status(Status(StatusCode.ERROR))
                span.set_attribute("error.type", type(error).__qualname__)
                raise

    def close(self) -> None:
        """Send what is left, and stop."""
        self._provider.shutdown()


class _Told:
    def __init__(self, span: _Recorded) -> None:
        self._span = span

    def tell(self, *, name: str | None = None, **values: str | int) -> None:
        """What it turned out to be."""
        if name is not None:
            self._span.update_name(name)
        for key, value in _dotted(values).items():
            self._span.set_attribute(key, value)


class _Recorded(Protocol):
    def update_name(self, name: str) -> None: ...

    def set_attribute(self, key: str, value: str | int) -> None: ...


def _dotted(values: Mapping[str, str | int]) -> dict[str, str | int]:
    return {name.replace("__", "."): value for name, value in values.items()}


def _installed(name: str) -> bool:
    try:
        return find_spec(name) is not None
    except ModuleNotFoundError:
        return False
