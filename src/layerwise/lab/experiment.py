"""`Experiment`: a run in a thread of its own, which others follow, stop, and look at any epoch of."""

from __future__ import annotations

import atexit
import threading
import time
import weakref
from collections import OrderedDict, deque
from dataclasses import replace

from layerwise.engines import Outcome, Progress
from layerwise.errors import LayerwiseError, ParameterError
from layerwise.lab.course import Course, initial_of, network_of
from layerwise.lab.moment import Dataset, Moment
from layerwise.lab.objections import Gone, SettingError
from layerwise.lab.recording import Recording
from layerwise.lab.settings import EPOCHS, Settings
from layerwise.lab.standing import Standing, Status
from layerwise.training import TrainingResult

__all__ = ["Experiment"]

PART_SECONDS = 0.04
"""How long the engine runs before it says where it stands: long against the saying, short for the eye."""

MOMENTS = 8
"""How many moments between checkpoints are remembered."""

_OPEN: weakref.WeakSet[Experiment] = weakref.WeakSet()
_WORKERS: weakref.WeakSet[threading.Thread] = weakref.WeakSet()


@atexit.register
def _close_all() -> None:  # a thread that comes back from the core while Python ends would end it by force
    for experiment in list(_OPEN):
        experiment.close()
    for worker in list(_WORKERS):
        worker.join(2.0)


class Experiment:
    """A network that learns examples in a worker thread, which waits for nobody.

    The run has the bits of one call of `layerwise.train` with the same settings, however often it is paused, and so
    has every moment of it, whether its parameters were kept or are computed again from those before.

    Parameters
    ----------
    id : str
    settings : Settings
    data : Dataset

    Raises
    ------
    SettingError
        If settings do not go with each other or with the examples.
    """

    def __init__(self, id: str, settings: Settings, data: Dataset) -> None:
        self.id, self.settings, self.data = id, settings, data
        self.net = network_of(settings, data)
        self._course = Course(settings, data, self.net, initial_of(self.net, settings))
        self.steps = self._course.steps
        self._changed = threading.Condition()
        self._version, self._closed = 0, False
        self._worker: threading.Thread | None = None
        self._looking = threading.Lock()  # one moment is computed at a time
        self._begin()
        _OPEN.add(self)

    def _begin(self) -> None:
        self._recording = Recording(self.settings.epochs, validated=self.data.validation is not None)
        self._status: Status = "ready"
        self._error: str | None = None
        self._until = 0
        self._pace: float | None = None
        self._worker = None
        self._ended_at = time.monotonic()
        self._speed: deque[tuple[float, int]] = deque(maxlen=32)
        self._moments: OrderedDict[int, Moment] = OrderedDict()

    # ---------- what a page asks for ----------

    def start(self, epochs: int | None = None, pace: float | None = None) -> Status:
        """Go on until all planned epochs are done.

        Parameters
        ----------
        epochs : int, optional
            Plan so many in all.
        pace : float, optional
            Epochs a second at most; None goes as fast as the engine does.

        Raises
        ------
        SettingError
            If there are no epochs left, or the run has diverged or failed.
        """
        with self._changed:
            recording = self._recording
            planned = recording.epochs if epochs is None else epochs
            self._check_can_go(planned)
            recording.plan(planned)
            self._go(planned, pace)
            return self._status

    def epoch(self) -> Status:
        """Go through one more epoch, then pause; after all that were planned, one more is planned.

        Raises
        ------
        SettingError
            As `start`.
        """
        with self._changed:
            after = self._recording.epoch + 1
            planned = max(self._recording.epochs, after)
            self._check_can_go(planned)
            self._recording.plan(planned)
            self._go(after, None)
            return self._status

    def keep_to(self, pace: float | None) -> Status:
        """Let a run that is under way make so many epochs a second at most; one that rests is left as it is."""
        with self._changed:
            self._pace = pace
            self._changed.notify_all()
            return self._status

    def pause(self, timeout: float = 1.0) -> Status:
        """Stop after the epoch that is computed now; wait for it a moment, not for ever."""
        with self._changed:
            self._until = 0
            self._changed.notify_all()
            self._changed.wait_for(lambda: self._status != "running", timeout)
            return self._status

    def reset(self) -> Status:
        """Go back to the initial parameters; what was recorded is gone."""
        with self._changed:
            self._begin()
            self._tell()
            return self._status

    def close(self) -> None:
        """Stop, and let go of everything; who waits is woken."""
        with self._changed:
            self._closed = True
            self._begin()
            self._tell()

    @property
    def closed(self) -> bool:
        """Whether the experiment was closed."""
        return self._closed

    def flag(self, epoch: int, code: str) -> None:
        """Note on the timeline what was seen in the parameters of an epoch; each code stands at its first epoch."""
        with self._changed:
            flags = self._recording.flags
            if epoch <= self._recording.epoch and epoch < flags.get(code, EPOCHS + 1):
                flags[code] = epoch
                self._tell()

    # ---------- what a page is told ----------

    def wait(self, seen: int, timeout: float) -> int:
        """Return the number of the newest change; wait so many seconds at most for another one than `seen`."""
        with self._changed:
            self._changed.wait_for(lambda: self._version != seen or self._closed, timeout)
            return self._version

    def progress(self, mark: object = None) -> Standing:
        """Return what the run has come to since the `mark` of an earlier answer, or all of it."""
        with self._changed:
            recording = self._recording
            known = mark[1] if isinstance(mark, tuple) and mark[0] is recording else None
            part, curve_mark = recording.curve.since(known)
            flags = recording.flags | ({} if recording.best is None else {"best": recording.best})
            if recording.divergence is not None:  # which a diagnosis may have flagged as well
                flags["diverged"] = recording.epoch
            return Standing(
                status=self._status,
                epoch=recording.epoch,
                epochs=recording.epochs,
                curve=part,
                checkpoints=recording.ring.epochs,
                flags=sorted((epoch, code) for code, epoch in flags.items()),
                divergence=recording.divergence,
                error=self._error,
                epochs_per_second=self._epochs_per_second(),
                ended_at=self._ended_at,
                mark=(recording, curve_mark),
            )

    def moment(self, epoch: int | None = None) -> Moment:
        """Return the run as it was after an epoch; None is the newest.

        Raises
        ------
        ParameterError
            If the run has not come so far.
        """
        with self._changed:
            recording = self._recording
            wanted = recording.epoch if epoch is None else epoch
            if not 0 <= wanted <= recording.epoch:
                raise ParameterError(
                    f"The epoch to look at must be one that is finished, from 0 to {recording.epoch}. Got {wanted}."
                )
            if wanted == recording.epoch:
                return self._moment(recording, recording.newest.progress)
        with self._looking:
            return self._of_the_past(recording, wanted)

    # ---------- moments ----------

    def _of_the_past(self, recording: Recording, epoch: int) -> Moment:
        with self._changed:
            if recording is self._recording and epoch in self._moments:
                self._moments.move_to_end(epoch)
                return self._moments[epoch]
        at = self._replayed(recording, epoch)
        with self._changed:
            moment = self._moment(recording, at)
            if recording is self._recording:
                self._moments[epoch] = moment
                while len(self._moments) > MOMENTS:
                    self._moments.popitem(last=False)
        return moment

    def _replayed(self, recording: Recording, epoch: int) -> Progress | None:
        with self._changed:
            start, at = recording.ring.before(epoch)
            parts = recording.stretches(start, epoch)
        for last, planned in parts:
            at = self._course.advance(at, last, planned).progress
        return at

    def _moment(self, recording: Recording, at: Progress | None) -> Moment:
        settings, data, net = replace(self.settings, epochs=recording.planned_at(at)), self.data, self.net
        if at is None:
            return Moment(settings, data, net, 0, self.steps, self._course.initial, None)
        best = at.best.epoch
        result = TrainingResult(
            net, at.parameters, recording.history(at.epochs), "callback", best_epoch=best, progress=at
        )
        return Moment(settings, data, net, at.epochs, self.steps, at.parameters, result)

    # ---------- the worker ----------

    def _check_can_go(self, planned: int) -> None:
        recording = self._recording
        if self._closed:
            raise Gone("This experiment was closed. Make a new one.")
        if self._status == "failed":
            raise ParameterError(f"A run that failed cannot go on. Reset it. It failed with: {self._error}")
        if self._status == "diverged":
            raise SettingError(
                "learning_rate", "A run that diverged cannot go on. Reset it; a smaller learning_rate helps."
            )
        if not recording.epoch < planned <= EPOCHS:
            raise SettingError(
                "epochs",
                f"The 'epochs' parameter of the lab must be above the {recording.epoch} epochs that are finished, and "
                f"at most {EPOCHS}. Got {planned}.",
            )

    def _go(self, until: int, pace: float | None) -> None:
        self._until, self._pace, self._status = until, pace, "running"
        if self._worker is None and not self._closed:
            self._speed.clear()
            name = f"layerwise lab {self.id}"
            self._worker = threading.Thread(target=self._work, args=(self._recording,), name=name, daemon=True)
            _WORKERS.add(self._worker)
            self._worker.start()
        self._tell()

    def _tell(self) -> None:
        self._version += 1
        self._changed.notify_all()

    def _work(self, recording: Recording) -> None:
        part = 1
        try:
            while (todo := self._todo(recording, part)) is not None:
                began, (at, upto, planned) = time.monotonic(), todo
                outcome = self._course.advance(at, upto, planned)
                good, done = self._finished(outcome, at, planned)
                ended = time.monotonic()
                self._record(recording, outcome, good, ended)
                part = max(1, min(2 * part, round(done * PART_SECONDS / max(ended - began, 1e-6))))
                self._keep_pace(recording, began, done)
            self._keep_best(recording)
        except Exception as error:  # whatever it is: nobody joins this thread, so the page has to be told
            self._fail(recording, error)

    def _todo(self, recording: Recording, part: int) -> tuple[Progress | None, int, int] | None:
        # where to go on from, up to which epoch, of how many planned
        with self._changed:
            if recording is not self._recording:
                return None
            epoch = recording.epoch
            if recording.divergence is None and epoch < self._until:
                if self._pace is not None:
                    part = max(1, min(part, int(self._pace * PART_SECONDS)))
                if not self._speed:
                    self._speed.append((time.monotonic(), epoch))
                return recording.newest.progress, min(epoch + part, self._until), recording.epochs
            self._worker, self._until = None, 0
            self._status = "finished" if epoch >= recording.epochs else "paused"
            if recording.divergence is not None:
                self._status = "diverged"
            self._tell()
            return None

    def _finished(self, outcome: Outcome, at: Progress | None, planned: int) -> tuple[Progress | None, int]:
        """Return where the run stood at the end of its last finished epoch, and how many a part has finished."""
        before = 0 if at is None else at.epochs
        if outcome.divergence is None:
            return outcome.progress, len(outcome.cost)
        last = outcome.divergence.epoch
        return (self._course.advance(at, last, planned).progress if last > before else at), last - before

    def _record(self, recording: Recording, outcome: Outcome, at: Progress | None, ended: float) -> None:
        with self._changed:
            if at is not None and at.epochs > recording.epoch:
                recording.add(outcome, at)
            recording.divergence = outcome.divergence
            if recording is self._recording:
                self._ended_at = ended
                self._speed.append((ended, recording.epoch))
                self._tell()

    def _keep_pace(self, recording: Recording, began: float, done: int) -> None:
        with self._changed:
            pace = self._pace
            if pace is None or recording is not self._recording:
                return
            left = began + done / pace - time.monotonic()
            self._changed.wait_for(
                lambda: recording is not self._recording or self._pace != pace or self._until <= recording.epoch,
                max(0.0, left),
            )

    def _keep_best(self, recording: Recording) -> None:
        # during the run its neighbour is kept, from which it is a part away
        best = recording.best
        if best is not None and recording is self._recording and best not in recording.ring.epochs:
            at = self._replayed(recording, best)
            with self._changed:
                if at is not None:
                    recording.keep(at)
                    self._tell()

    def _fail(self, recording: Recording, error: Exception) -> None:
        with self._changed:
            if recording is self._recording:
                self._worker, self._until, self._status = None, 0, "failed"
                self._error = str(error) if isinstance(error, LayerwiseError) else f"{type(error).__name__}: {error}"
                self._tell()

    def _epochs_per_second(self) -> float:
        if len(self._speed) < 2:
            return 0.0
        (began, first), (ended, last) = self._speed[0], self._speed[-1]
        return (last - first) / max(ended - began, 1e-9)
