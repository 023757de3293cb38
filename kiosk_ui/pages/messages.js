// @ts-check
/**
 * The messages of protocol/page.py and protocol/call.py as types; there is nothing here at run time.
 *
 * @typedef {{ now_ms: number, offset_min: number, zone: string }} WallClock
 * @typedef {"none" | "pin" | "officer"} CheckInMethod
 *
 * @typedef {{ screen: "not_enrolled" }} NotEnrolled
 * @typedef {{ screen: "connecting" }} Connecting
 * @typedef {{ screen: "idle", next: { number: string, start_at_ms: number }[] }} Idle
 * @typedef {{ screen: "check_in", number: string, method: CheckInMethod, busy: boolean, refused: string | null, retry_s: number }} CheckIn
 * @typedef {{ screen: "rules", number: string, inmate_name: string, talk_s: number }} Rules
 * @typedef {{ screen: "waiting", number: string, family_name: string, talk_s: number, family_present: boolean, online: boolean,
 *   left_to_join_ms: number | null }} Waiting
 * @typedef {{ screen: "call", number: string, family_name: string, talk_s: number, phase: string, left_ms: number,
 *   listening: boolean }} Call
 * @typedef {{ screen: "meeting", number: string, family_name: string, talk_s: number, phase: string, left_ms: number,
 *   trouble: string | null }} Meeting
 * @typedef {{ screen: "farewell", number: string, reason: string, fault_party: string, delivered_ms: number, talk_s: number,
 *   left_ms: number }} Farewell
 * @typedef {{ screen: "locked" }} Locked
 * @typedef {{ screen: "technician_pin", busy: boolean, said: string | null, retry_s: number }} TechnicianPin
 * @typedef {{ agent_version: string, shell_version: string, screen: string, uptime_s: number, memory_bytes: number,
 *   disk_free_bytes: number, keys_held: number | null, keys_missing: string[], window_starts: number, outbox_waiting: number,
 *   central: string, central_ms: number | null, clock_age_s: number | null,
 *   relays: { address: string, answered: boolean }[], engine: string, operating_system: string, credentials: string,
 *   relays_known: boolean, up_kbit_s: number | null, down_kbit_s: number | null, lock_watched: boolean, lock_changed: string | null }} Diagnosis
 * @typedef {{ finding: string, gaps: Record<string, string | number> }} Found  a row of protocol/diagnosis.py
 * @typedef {{ screen: "maintenance", faults: string[], diagnosis: Diagnosis | null, busy: boolean, said: string | null,
 *   devices?: Found[], bad?: Found[] }} Maintenance
 * @typedef {{ screen: "out_of_service", code: string }} OutOfService
 * @typedef {{ screen: "please_wait" }} PleaseWait  the page's own, shown while the agent is away
 * @typedef {NotEnrolled | Connecting | Idle | CheckIn | Rules | Waiting | Call | Meeting | Farewell | Locked | Maintenance | OutOfService
 *   | TechnicianPin | PleaseWait} Model
 *
 * @typedef {{ type: "show", seq: number, screen: Model, language: string, terminal_name: string, facility_name: string,
 *   clock: WallClock | null, online: boolean, call_id: string | null }} Show
 * @typedef {{ type: "lease", ms: number, left_ms: number, running: boolean, then: Farewell | null }} Lease
 * @typedef {{ urls: string[], username: string | null, credential: string | null }} IceServer
 * @typedef {{ type: "start_call", call_id: string, servers: IceServer[], policy: "all" | "relay" }} StartCall
 * @typedef {{ type: "notice", kind: string, value: number, text: string, sound: boolean }} Notice
 * @typedef {{ type: "volume", percent: number }} Volume
 *
 * @typedef {{ type: "offer" | "answer", call_id: string, sdp: string }} Description
 * @typedef {{ type: "candidate", call_id: string, candidate: string, mid: string | null, line: number | null }} Candidate
 * @typedef {{ type: "ice", servers: IceServer[] }} IceGiven
 * @typedef {{ type: "ice_wanted" }} IceWanted
 * @typedef {{ type: "listened", listen_id: string | null, servers: IceServer[], policy: "all" | "relay" }} Listened
 * @typedef {Description | Candidate | IceGiven | Listened | { type: "welcome" | "peer" | "bye" | "clock" | "said" | "ended" | "hang_up" | "ready" }} Heard
 *
 * @typedef {{ type: "signal", message: Heard }} FromSignalling
 * @typedef {{ type: "try_devices", try_id: string, tone: boolean, ms: number }} TryDevices
 * @typedef {Show | Lease | StartCall | FromSignalling | Notice | Volume | TryDevices} ToPage
 *
 * @typedef {Description | Candidate | IceWanted} Said
 * @typedef {{ type: "audio", call_id: string, here_silent_ms: number, there_silent_ms: number, frames: number }} AudioFacts
 * @typedef {{ type: "quality", call_id: string, round_trip_ms: number | null, audio_loss: number | null,
 *   video_kbit_s: number | null, frames_received: number, relayed: boolean | null }} QualityFacts
 * @typedef {"cancel" | "stay" | "finish" | "diagnose" | "restart_window" | "restart_agent" | "reboot" | "exit"} MaintenanceDeed
 * @typedef {"measured" | "missing" | "failed"} DeviceState
 * @typedef {{ type: "devices_measured", try_id: string | null, camera: DeviceState, width: number, height: number, frames_per_s: number,
 *   brightness: number, contrast: number, movement: number, microphone: DeviceState, level_db: number,
 *   speaker: "untried" | "missing" | "off" | "failed" | "played", tone_db: number | null, confirmed: boolean | null }} DevicesMeasured
 * @typedef {{ type: "closed", call_id: string | null, by: "show" | "lease" }} Closed
 * @typedef {{ type: "ready" } | { type: "painted", seq: number } | { type: "alive", hidden: boolean } | { type: "start" }
 *   | { type: "pin", pin: string } | { type: "rules_accepted" } | { type: "back" } | { type: "hang_up" }
 *   | { type: "signal", message: Said } | AudioFacts | QualityFacts | { type: "first_frame", call_id: string }
 *   | { type: "devices", camera: boolean, microphone: boolean } | Closed
 *   | { type: "language", language: string } | { type: "volume", percent: number } | { type: "escape", kind: string }
 *   | { type: "technician_called" } | { type: "technician_pin", pin: string } | { type: "maintenance", deed: MaintenanceDeed }
 *   | DevicesMeasured | { type: "trouble", where: string, text: string }} FromPage
 */

export {};
