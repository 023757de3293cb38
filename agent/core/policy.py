"""Every number the core decides by, with its unit and its reason."""

SILENCE_S = 1.5
"""No packet for this long at either end and the call is interrupted, back-dated to the last packet."""

REPORT_MARGIN_S = 0.6
"""Reports come every 0.5 s; without one, silence is taken as proven this much later."""

SURELY_HEARD_S = 0.25
"""A side this fresh has truly heard packets. A side that never heard any counts from the start of the peer connection, so a
greater silence proves nothing until its last packet has moved."""

HEARD_MOVED_S = 0.1
"""A last packet that is later than the one reported before by this much is a new packet, not a jitter of the report."""

CHARGE_SAME_BOOT_S = 2.0
"""The most that a restart of the agent costs: its last lease let the call go on this long."""

CHARGE_REBOOT_S = 1.0
"""What a power cut costs: the remaining time is journalled every second."""

NOTHING_LEFT_S = 0.001
"""Talk time below this is rounding."""

LEASE_MS = 2000
"""The longest lease of a call view."""

CHECKPOINT_S = 1.0
"""How often the talk time is journalled while it runs."""

VIEW_CLOSED_S = 2.0
"""How long a usage record waits for the page to say that the view is closed."""

ASK_TIMEOUT_S = 30.0
"""An OpenSession without any answer counts as unreachable after this long."""

ASK_AGAIN_S = 2.0
"""Between two tries to get the grant of a session that is open already, after a restart."""

LAST_SECONDS_S = 10
"""From here on the page counts large."""

SOUND_BELOW_S = 120
"""Warnings of this many seconds and less also sound."""

NEXT_SHOWN = 3
"""Queue numbers on the idle screen."""

SESSIONS_KEPT = 200
"""Rows of the schedule that are kept; a booth serves fewer than 100 a day."""

TALK_LEAST_S = 10
TALK_MOST_S = 14_400
"""A promised talk time, and one extended, in seconds."""

START_WITHIN_S = 48 * 3600
"""A planned start farther away than this, before or after now, is a mistake."""

CALL_KINDS = frozenset({"webrtc", "web_page"})
"""Kinds of call this agent can open."""

MEETING_AGAIN_S = 3.0
"""A meeting's page that was lost or could not be loaded is opened again after this long."""

MEETING_SOON_S = 0.5
"""The same where the window ended or a lease ran out: there was nothing wrong with the page, and it waits for a window anyway."""

MEETING_LOAD_S = 30.0
"""A meeting's page that was neither loaded nor reported as failed after this long is opened again."""

MEETING_URL_MOST = 2000
"""Characters of a meeting's link."""

FINISHED_KEPT = 400
"""Ids of sessions that ended here and are not called again while central still lists them."""

ESCAPE_KINDS_KEPT = 32
"""Kinds of escape attempt that are counted apart; what comes after them is counted as `other`."""

NUMBER_MOST = 32
"""Characters of a queue number."""

TWO_AT_ONCE_S = 60
"""Starts nearer than this are two sessions at once, unless the first has a talk time that is over by then."""

LONG_PAST_S = 12 * 3600
"""Sessions that should have begun longer ago than this are left to central without a word."""

LANGUAGES = frozenset({"id", "en"})
"""What the page can speak."""

WARNINGS_MOST = 8
"""Thresholds that are kept."""

SETTING_BOUNDS = {
    "check_in_early_s": (0, 3600),
    "no_show_inmate_s": (0, 7200),
    "join_grace_s": (0, 3600),
    "credit_s": (0, 3600),
    "farewell_s": (0, 120),
    "volume_percent": (0, 100),
}
"""Least and most of each setting that is a number; what lies outside is moved to the nearer bound."""

MESSAGE_MOST = 200
"""Characters of an officer's message."""

TECHNICIAN_TRIES = 5
"""The fifth wrong PIN in a row is the first that is followed by a wait."""

TECHNICIAN_WAIT_S = 60.0
TECHNICIAN_WAIT_MOST_S = 3600.0
"""The first wait, doubled with each further wrong PIN, and the longest: at most 24 tries a day of a hundred million."""

TECHNICIAN_ASKED_S = 60.0
"""The PIN screen goes away after so long without a try."""

TECHNICIAN_CHECK_S = 30.0
"""A check without any answer counts as failed after this long: the slowest PC needs two seconds."""

MAINTENANCE_IDLE_S = 600.0
"""A technician who touches nothing for so long has gone; the booth locks again."""
