"""Files to be changed: recordings, mails, conversations, rubrics and tables, made by code, one small one of every kind."""

from __future__ import annotations

import io
import json
import struct
from collections.abc import Callable, Mapping
from fractions import Fraction
from typing import Any

import numpy as np

_RATE, _SECONDS = 8000, 0.4
#: Name of a file -> container and codec that it is written with.
_ENCODED: Mapping[str, tuple[str, str, int]] = {
    "call.wav": ("wav", "pcm_s16le", _RATE),
    "law.wav": ("wav", "pcm_mulaw", _RATE),
    "float.wav": ("wav", "pcm_f32le", 16000),
    "deep.wav": ("wav", "pcm_s24le", 44100),
    "call.mp3": ("mp3", "libmp3lame", 16000),
    "call.flac": ("flac", "flac", 16000),
    "call.opus": ("ogg", "libopus", 48000),
    "call.ogg": ("ogg", "libvorbis", 16000),
    "call.m4a": ("ipod", "aac", 16000),
    "call.webm": ("webm", "libopus", 48000),
    "call.mka": ("matroska", "pcm_s16le", 16000),
    "call.aiff": ("aiff", "pcm_s16be", _RATE),
    "call.au": ("au", "pcm_alaw", _RATE),
    "call.caf": ("caf", "pcm_s16le", _RATE),
    "call.mov": ("mov", "pcm_s16le", _RATE),
    "adpcm.wav": ("wav", "adpcm_ima_wav", _RATE),
}


def recordings() -> dict[str, bytes]:
    """Two channels of tones in whatever can be written here, and some without a header."""
    at = np.arange(round(_RATE * _SECONDS)) / _RATE
    sides = np.stack([np.sin(at * 2 * np.pi * 440), np.sin(at * 2 * np.pi * 660)], axis=1) * 6000
    samples = sides.astype("<i2")
    found = {name: data for name in _ENCODED if (data := _encoded(name, samples)) is not None}
    form = struct.pack("<IHHIIHH", 16, 1, 2, _RATE, _RATE * 4, 4, 16)
    found["riff.wav"] = b"RIFF" + struct.pack("<I", 36 + samples.nbytes) + b"WAVEfmt " + form \
        + b"data" + struct.pack("<I", samples.nbytes) + samples.tobytes()  # fmt: skip
    found["call.gsm"] = bytes([0xD2]) + bytes(32) * 40
    found["call.ul"] = samples.tobytes()[:4000]
    return found


def _encoded(name: str, samples: np.ndarray) -> bytes | None:
    import av

    container, codec, rate = _ENCODED[name]
    if codec not in av.codecs_available:
        return None
    out = io.BytesIO()
    with av.open(out, "w", format=container, options={"fflags": "+bitexact"}) as file:
        stream = file.add_stream(codec, rate=rate, layout="stereo")
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(samples.reshape(1, -1)), format="s16", layout="stereo")
        frame.sample_rate, frame.time_base = _RATE, Fraction(1, _RATE)
        fit = av.AudioResampler(
            format=stream.codec_context.format, layout="stereo", rate=rate, frame_size=stream.codec_context.frame_size or 1024
        )
        for piece in [*fit.resample(frame), *fit.resample(None)]:
            file.mux(stream.encode(piece))
        file.mux(stream.encode(None))
    return out.getvalue()


def mails() -> dict[str, bytes]:
    """Messages of several kinds, and a mailbox."""
    plain = (
        b"From: Sara <sara@shop.example>\r\nTo: k@people.example\r\nDate: Mon, 02 Nov 2026 09:00:00 +0000\r\n"
        b"Message-ID: <THE-ID@shop.example>\r\n"
        b"Subject: =?utf-8?B?2LPZhNin2YU=?=\r\nContent-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n"
        b"Hello,=20\r\nI am sorry about that.\r\n\r\nOn Mon, 2 Nov 2026 K wrote:\r\n> My kettle is broken.\r\n-- \r\nSara\r\n"
    )
    mixed = (
        b"From: k@people.example\nTo: sara@shop.example\nDate: Mon, 02 Nov 2026 08:00:00 +0330\nMessage-ID: <THE-ID-2@x>\n"
        b"References: <THE-ID@shop.example>\n"
        b'Subject: Kettle\nMIME-Version: 1.0\nContent-Type: multipart/alternative; boundary="XX"\n\n--XX\n'
        b"Content-Type: text/plain; charset=windows-1256\n"
        b"Content-Transfer-Encoding: base64\n\n48fH4w==\n--XX\nContent-Type: text/html; charset=utf-8\n\n"
        b"<html><body><p>My kettle is <b>broken</b></p>"
        b"<blockquote type=cite>old words</blockquote><table><tr><td>1</td></tr></table></body></html>\n--XX--\n"
    )
    boxed = b"".join(b"From k@people.example Mon Nov  2 09:00:00 2026\n" + one.replace(b"\r\n", b"\n") + b"\n" for one in (mixed, plain))
    nested = (
        b"From: a@b.example\nSubject: Fwd\nMessage-ID: <THE-ID-3@x>\nContent-Type: multipart/mixed; boundary=Y\n\n--Y\n"
        b"Content-Type: message/rfc822\n\n"
        + mixed
        + b"\n--Y\nContent-Type: application/pdf; name=a.pdf\nContent-Transfer-Encoding: base64\n\nJVBERi0=\n--Y--\n"
    )
    return {"plain.eml": plain, "mixed.eml": mixed, "nested.eml": nested, "all.mbox": boxed}


def texts() -> dict[str, bytes]:
    """Conversations in every format that is read, and what lies beside recordings."""
    turns = [
        {
            "speaker": "customer",
            "text": "My kettle is broken, please call +44 20 7946 0958. This is the third time!",
            "sent_at": "2026-11-02T09:14:05Z",
        },
        {"speaker": "agent", "text": "Hello, I am sorry. I will send you a new one tomorrow.", "sent_at": "2026-11-02T09:14:41Z"},
        {"speaker": "customer", "text": "ممنونم، خیلی لطف کردید", "sent_at": "2026-11-02T09:15:41Z"},
    ]
    chat = {
        "id": "THE-ID",
        "channel": "chat",
        "direction": "inbound",
        "language": "en",
        "started_at": "2026-11-02T09:14:05Z",
        "customer": {"id": "k-88"},
        "agent": {"id": "a17", "name": "Sara", "team": "billing"},
        "queue": "billing",
        "wait_seconds": 42,
        "survey": {"csat": 4, "scale": 5},
        "metadata": {"order": "17"},
        "turns": turns,
    }
    words = [{"text": "hello", "start": 0.0, "end": 0.4, "confidence": 0.9}, {"text": "there", "start": 0.4, "end": 0.8, "confidence": 0.8}]
    timed = [
        {"speaker": "agent", "start": 0.0, "end": 0.9, "text": "hello there", "words": words},
        {"speaker": "customer", "start": 1.0, "end": 2.0, "text": "I lost my card"},
    ]
    call = {"id": "THE-ID", "channel": "phone", "language": "en", "agent": {"id": "a17"}, "turns": timed}
    social = {
        "id": "THE-ID",
        "channel": "social",
        "language": "en",
        "agent": {"id": "a17"},
        "turns": [{**one, "public": True} for one in turns],
    }
    lens = {
        "Version": "1.1.0",
        "CustomerMetadata": {"ContactId": "THE-ID"},
        "Channel": "VOICE",
        "LanguageCode": "en-US",
        "Participants": [
            {"ParticipantId": "AGENT", "ParticipantRole": "AGENT"},
            {"ParticipantId": "CUSTOMER", "ParticipantRole": "CUSTOMER"},
        ],
        "Transcript": [
            {
                "Id": "1",
                "ParticipantId": "AGENT",
                "Content": "Hello there THE-ID",
                "BeginOffsetMillis": 0,
                "EndOffsetMillis": 900,
                "Sentiment": "NEUTRAL",
            }
        ],
    }
    aligned = {
        "segments": [
            {
                "start": 0.0,
                "end": 1.0,
                "text": "Hello THE-ID",
                "speaker": "Agent",
                "words": [{"word": "Hello", "start": 0.0, "end": 0.5, "score": 0.9}],
            }
        ],
        "language": "en",
    }
    return {
        "chat.json": _json(chat),
        "call.json": _json(call),
        "social.json": _json(social),
        "two.json": _json([chat, call | {"id": "THE-ID-b"}]),
        "lines.jsonl": _json(chat) + b"\n" + _json(call | {"id": "THE-ID-c"}) + b"\n",
        "lens.json": _json(lens),
        "aligned.json": _json(aligned),
    }


def forms() -> dict[str, bytes]:
    """Rubrics with all that detection knows."""
    return {"chat.yaml": _FORM.encode(), "phone.yaml": _FORM.replace("channel: chat", "channel: phone").encode()}


def tables() -> dict[str, bytes]:
    """Call details, surveys, and a manifest."""
    return {
        "call_details.csv": b"id,started_at,channel,direction,queue,agent,wait_seconds,talk_seconds,hold_seconds,wrap_seconds,"
        b"transfers,abandoned\n"
        b"THE-ID,2026-11-02T09:14:05Z,phone,inbound,billing,a17,42,180,10,30,0,false\n"
        b"THE-ID-2,2026-11-02T10:14:05Z,phone,inbound,billing,a17,2,80,0,30,1,true\n",
        "surveys.csv": b'interaction,answered_at,csat,nps,ces,comment\nTHE-ID,2026-11-02T10:00:00Z,4,9,2,"Very, very good"\n',
        "manifest.csv": b"recording,agent,language,started_at,left,right\ncall-THE-ID.wav,a17,en,2026-11-02T09:14:05Z,agent,customer\n",
    }


def _json(told: Any) -> bytes:
    return json.dumps(told, ensure_ascii=False).encode()


_FORM = """\
rubric: mutant-the-id
version: 1
channel: chat
title: {en: Mutants, fa: جهش, ar: طفرة}
settings: {pass_mark: 80}
sections:
  - id: opening
    title: Opening
    weight: 1
    criteria:
      - id: greeting
        question: Did the agent greet?
        weight: 2
        detect: {said: {by: agent, phrases: {en: [hello, good (morning|day)], fa: [سلام], ar: [مرحبا]}}}
      - id: pattern
        question: Was an order named?
        weight: 1
        detect: {matches: {by: customer, pattern: "order [0-9]+"}}
  - id: rest
    title: Rest
    weight: 3
    criteria:
      - id: manners
        question: Was the agent polite?
        weight: 1
        severity: customer
        detect: {not_said: {by: agent, phrases: {en: [stupid]}}}
      - id: quick
        question: Was the answer quick?
        weight: 1
        detect: {signal: {name: response.longest, at_most: 60}}
      - id: helped
        question: Was the customer helped?
        weight: 3
        options: [{id: "yes", title: Well, value: 1}, {id: partly, title: Partly, value: 0.5}, {id: "no", title: Badly, value: 0}]
        detect: manual
"""
#: Kind -> what makes its files.
ORIGINALS: Mapping[str, Callable[[], Mapping[str, bytes]]] = {
    "audio": recordings,
    "mail": mails,
    "json": texts,
    "yaml": forms,
    "table": tables,
}
