"""python -m unittest, in this directory; needs nothing but Python."""

import os
import tempfile
import unittest

from taken_events import Missing, TakenEvents


def event(version, stream="image-a"):
    headers = {
        "ce_id": f"{stream} {version}",
        "ce_stream": stream,
        "ce_streamversion": str(version),
        "ce_type": "t",
        "ce_time": "2026-11-24T10:00:00Z",
        "ce_actor": "{}",
    }
    return headers, "{}"


class TakenEventsTest(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.TemporaryDirectory()
        self.path = os.path.join(self.directory.name, "taken.sqlite")
        self.addCleanup(self.directory.cleanup)

    def test_takes_each_event_once_also_when_it_was_started_anew(self):
        before = TakenEvents(self.path)
        self.assertEqual([before.take(*event(n)) for n in (1, 2, 1)], [True, True, False])
        before.close()
        after = TakenEvents(self.path)
        self.assertEqual([after.take(*event(n)) for n in (2, 3)], [False, True])
        after.close()

    def test_does_not_go_on_over_a_hole(self):
        taken = TakenEvents(self.path)
        self.addCleanup(taken.close)
        with self.assertRaises(Missing):
            taken.take(*event(2))
        self.assertTrue(taken.take(*event(1)))


if __name__ == "__main__":
    unittest.main()
