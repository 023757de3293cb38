// @ts-check
/** The sentences of every fault: what is wrong, and what to do about it. */

/** @import { Key } from "../i18n.js" */

/** A row of protocol/faults.py -> what is wrong. @type {Record<string, Key>} */
export const FAULTS = {
  "KAM-1": "fault.KAM-1",
  "MIK-1": "fault.MIK-1",
  "JAR-1": "fault.JAR-1",
  "JAR-2": "fault.JAR-2",
  "JAR-3": "fault.JAR-3",
  "JAM-1": "fault.JAM-1",
  "JDW-1": "fault.JDW-1",
  "JRN-1": "fault.JRN-1",
  "JRN-2": "fault.JRN-2",
  "LYR-1": "fault.LYR-1",
  "LYR-2": "fault.LYR-2",
  "KUN-1": "fault.KUN-1",
  "KUN-2": "fault.KUN-2",
  "VER-1": "fault.VER-1",
  "TEK-1": "fault.TEK-1",
  "TKN-1": "fault.TKN-1",
  "LAP-1": "fault.LAP-1",
  "KLN-1": "fault.KLN-1",
};

/** A row of protocol/faults.py -> what to do. @type {Record<string, Key>} */
export const WHAT_TO_DO = {
  "KAM-1": "todo.KAM-1",
  "MIK-1": "todo.MIK-1",
  "JAR-1": "todo.JAR-1",
  "JAR-2": "todo.JAR-2",
  "JAR-3": "todo.JAR-3",
  "JAM-1": "todo.JAM-1",
  "JDW-1": "todo.JDW-1",
  "JRN-1": "todo.JRN-1",
  "JRN-2": "todo.JRN-2",
  "LYR-1": "todo.LYR-1",
  "LYR-2": "todo.LYR-2",
  "KUN-1": "todo.KUN-1",
  "KUN-2": "todo.KUN-2",
  "VER-1": "todo.VER-1",
  "TEK-1": "todo.TEK-1",
  "TKN-1": "todo.TKN-1",
  "LAP-1": "todo.LAP-1",
  "KLN-1": "todo.KLN-1",
};
