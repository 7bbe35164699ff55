"""Recording places: where the settings say that recordings, and all other files that several machines share, are kept, and how."""

from __future__ import annotations

from enum import StrEnum

from qa_service.services.originals import keys_of
from qa_service.settings import Settings
from qa_service.store.blobs import Blobs, LocalBlobs
from qa_service.store.gold_folder import GoldFolder
from qa_service.store.object_blobs import ObjectBlobs, ObjectStore
from qa_service.store.recordings import LOCKS, UNFINISHED, RecordingFiles
from qa_service.store.scratch import Scratch
from qa_service.store.sealed_blobs import SealedBlobs
from qa_service.store.sealing import Keyring
from qa_service.store.turns import turns

_KEY = "QA_RECORDINGS_KEY"
#: Of the gold sets of all machines; no area of its own, since each machine has all of it.
_GOLD = "gold"


class Area(StrEnum):
    """What is kept: each in a folder of the data folder, or below the address of the object store."""

    #: Silenced recordings (and uploads not heard yet), by SHA-256; in a store, beside the other areas.
    RECORDINGS = "recordings"
    #: Uploads that wait to be taken in, by batch and SHA-256.
    BATCHES = "batches"
    #: Reports that were made, by name.
    REPORTS = "reports"
    #: Originals of recordings, sealed under the vault's own keys, by SHA-256.
    VAULT = "vault"


def recording_files(settings: Settings) -> RecordingFiles:
    """On this machine or in an object store, sealed if there is a key; raises :class:`ConfigurationError`."""
    root = settings.data_dir.resolve() / Area.RECORDINGS
    scratch = Scratch(root / UNFINISHED)
    kept = sealed_blobs(settings, scratch=scratch, area=Area.RECORDINGS)
    return RecordingFiles(scratch=scratch, blobs=kept, turns=turns(settings.database, root / LOCKS))


def sealed_blobs(settings: Settings, *, scratch: Scratch, area: Area) -> SealedBlobs:
    """The files of an area as they were before they were sealed, if they were; raises :class:`ConfigurationError`."""
    keys = Keyring(keys_of(settings.recordings_key, settings.recordings_key_file, field=_KEY), field=_KEY)
    return SealedBlobs(kept_blobs(settings, scratch=scratch, area=area), keys, scratch=scratch)


def kept_blobs(settings: Settings, *, scratch: Scratch, area: Area = Area.RECORDINGS) -> Blobs:
    """The files of an area as they lie there, sealed or not; raises :class:`ConfigurationError`. Of recordings in a store, their keys
    begin with two letters: the other areas lie beside them."""
    if not settings.recordings_url:
        return LocalBlobs(settings.data_dir.resolve() / area)
    return ObjectBlobs(_store(settings, area), scratch=scratch)


def gold_folder(settings: Settings, *, scratch: Scratch) -> GoldFolder:
    """The gold folder, exchanged by way of the store unless the operator named a folder of his own; raises :class:`ConfigurationError`."""
    if not settings.recordings_url or settings.gold_dir is not None:
        return GoldFolder(settings.gold, shared=None, scratch=scratch)
    keys = Keyring(keys_of(settings.recordings_key, settings.recordings_key_file, field=_KEY), field=_KEY)
    shared = SealedBlobs(ObjectBlobs(_store(settings, _GOLD), scratch=scratch), keys, scratch=scratch)
    return GoldFolder(settings.gold, shared=shared, scratch=scratch)


def _store(settings: Settings, area: str) -> ObjectStore:
    url = settings.recordings_url
    return ObjectStore(
        url=url if area == Area.RECORDINGS else f"{url.rstrip('/')}/{area}", endpoint=settings.s3_endpoint, region=settings.s3_region,
        access_key=settings.s3_access_key,
        secret_key=settings.s3_secret_key.get_secret_value(), timeout=settings.s3_timeout, patience=2 * settings.s3_timeout,
    )
