"""Which statements script a session, so that they can be renewed."""

import types
import unittest

from bigfoot_smtp._write.chain import chain_at
from tests.write.test_method import Methods


class ChainTests(Methods):
    def chain(self, body, *steps):
        """Return the chain of a session whose steps come from lines with these words."""
        method, _ = self.within(body)
        path = method.code.co_filename
        numbers = [
            next(number for number, line in enumerate(method.text.lines, 1) if f"{word}(" in line)
            for word in steps
        ]
        steps = [types.SimpleNamespace(place=(path, number)) for number in numbers]
        return chain_at(method, steps)

    def test_one_plain_statement(self):
        for body in (
            "self.x.new_session().expect(1).expect(2)",
            "session = x.new_session().expect(1).expect(2)",
            "(\n    x.new_session()\n    .expect(\n        1\n    ).expect(2)\n)",
            "with x:\n    x.new_session().expect(1).expect(2)",
        ):
            with self.subTest(body=body):
                chain = self.chain(body, "expect", "expect")
                self.assertEqual([each.func.attr for each in chain.calls], ["expect"] * 2)
                self.assertEqual(len(chain.steps), 2)
                self.assertFalse(chain.is_delivery)

    def test_a_call_for_each_step(self):
        for count in 1, 3, 4:
            chain = self.chain("x.new_session()" + ".expect(1)" * count, *["expect"] * count)
            self.assertEqual(len(chain.calls), count)

    def test_a_delivery_makes_several_steps(self):
        for steps in 1, 3:
            body = "x.new_session().expect_delivery()"
            self.assertTrue(self.chain(body, *["expect_delivery"] * steps).is_delivery)

    def test_statements_of_other_forms(self):
        for body in (
            "session: object = x.new_session().expect(1).expect(2)",
            "return x.new_session().expect(1).expect(2)",
            "with x.new_session().expect(1).expect(2):\n    pass",
            "for _ in x:\n    x.new_session().expect(1).expect(2)",
            "x.new_session().expect(1).expect(2); x",
            "x.sessions().expect(1).expect(2)",
            "x.named().expect(1).expect(2)",
            "new_session().expect(1).expect(2)",
            "session.expect(1).expect(2)",
            "x.new_session().named(1).expect(2).expect(3)",
            "x.new_session().expect(1).named(2).expect(3)",
            "x.new_session().expect(1).named(2)",
            "x.new_session().expect(1).expect_delivery()",
            "x.new_session().expect_delivery().expect(1)",
            "x = [x.expect(1)]",
        ):
            with self.subTest(body=body):
                self.assertIsNone(self.chain(body, "expect", "expect"))
        self.assertIsNone(self.chain("x.sessions().expect_delivery()", "expect_delivery"))

    def test_steps_that_it_did_not_make(self):
        body = "x.new_session().expect(1).expect(2)\nother(3)\nx.x().expect_delivery()"
        self.assertIsNotNone(self.chain(body, "expect", "expect"))
        for steps in ([], ["expect"], ["expect"] * 3, ["expect", "other"], ["other", "expect"]):
            with self.subTest(steps=steps):
                self.assertIsNone(self.chain(body, *steps))

    def test_steps_of_another_file(self):
        method, lines = self.within("x.new_session().expect(1).expect(2)")
        line = lines["x.new_session().expect(1).expect(2)"]
        for names in ("other.py", "here"), ("here", "other.py"), ("other.py", "other.py"):
            places = [(name.replace("here", method.code.co_filename), line) for name in names]
            steps = [types.SimpleNamespace(place=place) for place in places]
            self.assertIsNone(chain_at(method, steps))


if __name__ == "__main__":
    unittest.main()
