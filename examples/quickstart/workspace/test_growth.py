import unittest

from growth import growth


class GrowthTest(unittest.TestCase):
    def test_twelve_percent(self):
        self.assertEqual(growth(375, 420), 12)

    def test_loss(self):
        self.assertEqual(growth(100, 90), -10)
