"""`make escape`: tries the ways out of a real kiosk and looks from outside after each."""
