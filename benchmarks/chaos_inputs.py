"""What a chaotic batch is made of: chats, e-mails, calls with their words beside them, and a few calls that are really heard."""

from __future__ import annotations

import json
import random
import wave
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

#: Queue whose calls the real engine hears; the settings of the processes say so.
HEARD = "heard"
_RATE = 8000
_SAID = (
    ("Hello, thank you for calling. How can I help?", "My parcel has not come, it was due on Monday."),
    ("Good morning, this is billing.", "You have taken the October bill twice.", "I will pay it back today.", "Thank you."),
    ("Hello!", "Can I change my booking?", "Of course. Which day suits you?", "Friday, please.", "Done. Is there anything else?"),
    ("Can I take your card number?", "It's four five three nine one four eight eight oh three four three six four six seven."),
)
_WORDS = (
    "parcel", "Monday", "booking", "number", "address", "again", "please", "colleague", "invoice", "street", "tomorrow", "window",
    "letter", "cancelled", "delivery", "kettle", "orange", "seven", "battery", "manual", "refund", "screen", "written", "maybe",
)
_MAIL = """\
From: {customer}@customers.example
To: help@shop.example
Subject: Order {number}
Message-ID: <{number}@customers.example>
Date: Mon, 02 Nov 2026 09:14:05 +0000
Content-Type: text/plain; charset=utf-8

Hello, where is my order {number}? It was due last week.
"""


class Mix(NamedTuple):
    """How many of each a wave holds."""

    chats: int = 30
    mails: int = 4
    #: With their words beside them, which an engine only reads.
    calls: int = 8
    #: Cut from a recording of speech.
    heard: int = 1
    #: Turns of a chat; ``None``: two to five.
    turns: int | None = None
    #: Of a call that is really heard.
    seconds: int = 8

    @property
    def total(self) -> int:
        """Interactions of a wave."""
        return self.chats + self.mails + self.calls + self.heard


def write(folder: Path, wave_number: int, mix: Mix, *, speech: Path | None) -> int:
    """Write a wave of inputs, all of other content than every other wave's; how many interactions they are.

    ``speech``: a WAV file to cut the calls from that are really heard; without it there are none.
    """
    folder.mkdir(parents=True)
    chance = random.Random(wave_number)
    for number in range(mix.chats):
        turns = _turns(chance, f"number {wave_number}-{number}", mix.turns)
        _write(folder, f"chat-{wave_number}-{number}", {"channel": "chat", "turns": turns})
    for number in range(mix.mails):
        text = _MAIL.format(number=f"{wave_number}-{number}", customer=f"k{chance.randrange(20)}")
        (folder / f"mail-{wave_number}-{number}.eml").write_text(text, encoding="utf-8")
    for number in range(mix.calls):
        _call(folder, f"call-{wave_number}-{number}", chance)
    if speech is None:
        return mix.total - mix.heard
    for number in range(mix.heard):
        _cut(folder, f"heard-{wave_number}-{number}", speech, chance, mix.seconds)
    return mix.total


def _turns(chance: random.Random, mark: str, count: int | None = None) -> list[dict[str, Any]]:
    said = [*chance.choice(_SAID), f"It is about {mark}."]
    # No two long chats have the same words: what is said again costs nothing.
    while count is not None and len(said) < count:
        said += [f"{text} {' '.join(chance.choices(_WORDS, k=4))}." for text in chance.choice(_SAID)]
    said = said[:count]
    return [{"speaker": ("agent", "customer")[place % 2], "text": text} for place, text in enumerate(said)]


def _write(folder: Path, name: str, told: dict[str, Any]) -> None:
    number = sum(name.encode())
    header = {"id": name, "language": "en", "agent": {"id": f"a{number % 5}"}, "customer": {"id": f"k{number % 20}"}}
    day = {"started_at": f"2026-11-{number % 28 + 1:02}T09:00:00Z"}
    (folder / f"{name}.json").write_text(json.dumps({**header, **day, **told}), encoding="utf-8")


def _call(folder: Path, name: str, chance: random.Random) -> None:
    """Two channels of noise, each call with its own."""
    noise = np.random.default_rng(list(name.encode())).integers(-3000, 3000, size=(3 * _RATE, 2), dtype=np.int16)
    _sound(folder / f"{name}.wav", noise.tobytes(), channels=2, rate=_RATE)
    timed = [{**turn, "start": place * 0.5, "end": place * 0.5 + 0.4} for place, turn in enumerate(_turns(chance, name))]
    _write(folder, name, {"channel": "phone", "channels": {"left": "agent", "right": "customer"}, "turns": timed})


def _cut(folder: Path, name: str, speech: Path, chance: random.Random, seconds: int) -> None:
    """From anywhere in the recording, which begins anew at its end."""
    with wave.open(str(speech), "rb") as file:
        rate, channels, length = file.getframerate(), file.getnchannels(), file.getnframes()
        file.setpos(chance.randrange(max(1, length - seconds * rate) if seconds * rate < length else length))
        wanted, piece = seconds * rate, b""
        while wanted:
            read = file.readframes(min(wanted, length - file.tell()))
            piece += read
            wanted -= len(read) // (channels * file.getsampwidth())
            if file.tell() == length:
                file.rewind()
    _sound(folder / f"{name}.wav", piece, channels=channels, rate=rate)
    parties: object = {"left": "agent", "right": "customer"} if channels == 2 else "mono"
    _write(folder, name, {"channel": "phone", "queue": HEARD, "channels": parties})


def _sound(path: Path, data: bytes, *, channels: int, rate: int) -> None:
    with wave.open(str(path), "wb") as file:
        file.setparams((channels, 2, rate, 0, "NONE", ""))
        file.writeframes(data)
