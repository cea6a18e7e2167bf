"""What a stream sends, with experiments that do what the test says."""

import asyncio
import json
import threading
import time

import pytest
from anyio import CapacityLimiter

from layerwise.errors import ParameterError
from layerwise.lab import Gone
from layerwise.lab.server import Events, Look
from layerwise.lab.server import events as module
from layerwise.lab.server.objections import Refusal


class Running:
    """An experiment whose epochs the test ends; it counts what it is asked."""

    def __init__(self):
        self.changed = threading.Condition()
        self.version = self.epoch = 0
        self.status = "running"
        self.gone = False
        self.drawn, self.looks, self.marks = [], 0, []

    def change(self, epoch, status="running"):
        with self.changed:
            self.version += 1
            self.epoch, self.status = epoch, status
            self.changed.notify_all()

    def drop(self):
        with self.changed:
            self.gone = True
            self.changed.notify_all()

    def wait(self, seen, timeout):
        with self.changed:
            self.changed.wait_for(lambda: self.version != seen or self.gone, timeout)
            if self.gone:
                raise Gone("It was dropped.")
            return self.version

    def look(self):
        self.looks += 1
        return Look(self.epoch, time.monotonic(), self.epoch)

    def progress(self, mark):
        self.marks.append(mark)
        return {"status": self.status, "epoch": self.epoch}, self.epoch

    def draw(self, look, view):
        self.drawn.append((look.moment, view))
        if view == "none":
            raise ParameterError("There is no such view.")
        return {"epoch": look.moment, "view": view}


class Page:
    """A page that watches: `events` is what it got. While `reading` is clear, it takes nothing."""

    def __init__(self, stream):
        self.events, self.closed = [], False
        self.reading, self._left = asyncio.Event(), asyncio.Event()
        self.reading.set()
        self.task = asyncio.create_task(stream({"type": "http"}, self._receive, self._send))

    async def _receive(self):
        await self._left.wait()
        return {"type": "http.disconnect"}

    async def _send(self, message):
        await self.reading.wait()
        if message["type"] == "http.response.body":
            self.events.append(message["body"].decode())
            self.closed |= not message["more_body"]

    @property
    def frames(self):
        return [json.loads(event.partition("data: ")[2]) for event in self.events if event.startswith("event: frame")]

    async def leave(self):
        self._left.set()
        await self.task

    async def until(self, so):
        async with asyncio.timeout(5):
            while not so(self):
                await asyncio.sleep(0.005)


def played(play, given=None):
    async def on_a_loop():
        events, experiment = Events(CapacityLimiter(4)), given or Running()
        await play(events, experiment, lambda view="{}": Page(events.stream("one", experiment, view)))
        events.end()
        assert await _idle(events)

    asyncio.run(on_a_loop())


async def _idle(events):
    async with asyncio.timeout(5):
        while events._followers:
            await asyncio.sleep(0.01)
    return events.streams == 0


def test_frames_are_dropped_and_the_last_is_not():
    async def play(events, experiment, watch):
        page, begun = watch(), time.monotonic()
        for epoch in range(1, 2_001):
            experiment.change(epoch)
            if epoch % 50 == 0:
                await asyncio.sleep(0.01)
        experiment.change(2_001, "finished")
        await page.until(lambda page: page.frames and page.frames[-1]["status"] == "finished")
        last = page.frames[-1]
        assert last["epoch"] == last["snapshot"]["epoch"] == 2_001
        assert len(page.frames) <= (time.monotonic() - begun) / module.PACE + 2
        assert [frame["number"] for frame in page.frames] == sorted({frame["number"] for frame in page.frames})
        await page.leave()

    played(play)


def test_dear_pictures_come_less_often():
    class Dear(Running):
        def draw(self, look, view):
            begun = time.thread_time()
            while time.thread_time() < begun + 2 * module.SHARE * module.SLOWEST:
                pass
            return super().draw(look, view)

    async def play(events, experiment, watch):
        page, begun = watch(), time.monotonic()
        for epoch in range(1, 101):
            experiment.change(epoch)
            await asyncio.sleep(0.01)
        experiment.change(101, "finished")
        await page.until(lambda page: page.frames and page.frames[-1]["status"] == "finished")
        # before the first picture nothing is known of its cost
        assert len(page.frames) <= (time.monotonic() - begun) / module.SLOWEST + 3
        assert page.frames[-1]["snapshot"]["epoch"] == 101
        await page.leave()

    played(play, Dear())


def test_a_page_that_comes_late_gets_the_whole_state_at_once():
    async def play(events, experiment, watch):
        experiment.change(7, "finished")
        first = watch()
        await first.until(lambda page: page.frames)
        late = watch()
        await late.until(lambda page: page.frames)
        assert late.frames[0]["snapshot"] == {"epoch": 7, "view": "{}"}
        assert experiment.marks == [None, None]
        await first.leave()
        await late.leave()

    played(play)


def test_a_page_that_does_not_read_blocks_nobody_and_then_gets_the_latest():
    async def play(events, experiment, watch):
        asleep, awake = watch(), watch()
        await asleep.until(lambda page: page.frames)
        asleep.reading.clear()
        got = len(asleep.frames)
        for epoch in range(1, 6):
            experiment.change(epoch)
            await awake.until(lambda page, epoch=epoch: page.frames and page.frames[-1]["epoch"] == epoch)
        asleep.reading.set()
        await asleep.until(lambda page: page.frames[-1]["epoch"] == 5)
        assert len(asleep.frames) - got <= 2  # the one it was in the middle of, and the latest
        await asleep.leave()
        await awake.leave()

    played(play)


def test_pages_with_one_view_share_its_pictures_and_each_has_its_own_mark():
    async def play(events, experiment, watch):
        pages = [watch("a"), watch("a"), watch("a"), watch("b")]
        for epoch in range(1, 4):
            experiment.change(epoch)
            for page in pages:
                await page.until(lambda page, epoch=epoch: page.frames and page.frames[-1]["epoch"] == epoch)
        assert len(experiment.drawn) == len(set(experiment.drawn))
        assert experiment.marks.count(None) == 4
        for page in pages:
            await page.leave()

    played(play)


def test_a_snapshot_is_sent_once_and_null_while_it_stays():
    async def play(events, experiment, watch):
        page = watch()
        await page.until(lambda page: page.frames)
        experiment.change(0, "paused")
        await page.until(lambda page: page.frames[-1]["status"] == "paused")
        assert page.frames[0]["snapshot"] is not None
        assert page.frames[-1]["snapshot"] is None
        assert page.frames[-1]["age_ms"] >= 0
        await page.leave()

    played(play)


def test_a_dropped_experiment_is_told_and_ends_the_stream():
    async def play(events, experiment, watch):
        page = watch()
        await page.until(lambda page: page.frames)
        experiment.drop()
        await page.until(lambda page: page.closed)
        assert page.events[-2].startswith("event: gone\n")
        assert json.loads(page.events[-2].partition("data: ")[2])["code"] == "gone"
        await page.task

    played(play)


def test_a_view_that_there_is_not_is_objected_to_and_others_go_on():
    async def play(events, experiment, watch):
        wrong, right = watch("none"), watch("a")
        await wrong.until(lambda page: page.closed)
        assert wrong.events[-2].startswith("event: objection\n")
        experiment.change(1)
        await right.until(lambda page: page.frames and page.frames[-1]["epoch"] == 1)
        await right.leave()

    played(play)


def test_the_end_of_the_server_ends_all_streams_at_once():
    async def play(events, experiment, watch):
        pages = [watch(), watch()]
        for page in pages:
            await page.until(lambda page: page.frames)
        events.end()
        async with asyncio.timeout(0.5):
            await asyncio.gather(*(page.task for page in pages))
        assert all(page.closed for page in pages)

    played(play)


def test_nobody_is_followed_when_all_have_left():
    async def play(events, experiment, watch):
        for _ in range(50):
            page = watch()
            await page.until(lambda page: page.frames)
            await page.leave()
        assert events.streams == 0
        assert await _idle(events)
        looks = experiment.looks
        assert looks <= 2  # those who came at once after another were shown what was there
        experiment.change(1)
        await asyncio.sleep(0.1)
        assert experiment.looks == looks

    played(play)


def test_a_silent_stream_says_that_it_is_there(monkeypatch):
    monkeypatch.setattr(module, "HEARTBEAT", 0.02)

    async def play(events, experiment, watch):
        page = watch()
        await page.until(lambda page: any(event.startswith(":") and event.endswith("\n\n") for event in page.events))
        await page.leave()

    played(play)


def test_a_fault_in_looking_closes_the_streams_and_is_written_to_standard_error(capsys):
    async def play(events, experiment, watch):
        experiment.look = None
        page = watch()
        await page.until(lambda page: page.closed)
        await page.task

    played(play)
    assert "Traceback" in capsys.readouterr().err


def test_there_are_not_too_many_streams(monkeypatch):
    monkeypatch.setattr(module, "STREAMS", 1)

    async def play(events, experiment, watch):
        page = watch()
        await page.until(lambda page: page.frames)
        with pytest.raises(Refusal, match="At most 1 pages watch at once"):
            watch()
        await page.leave()

    played(play)
