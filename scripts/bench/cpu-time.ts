/** CPU seconds by thread and process, from /proc: on a machine shared with others they say more than the clock does. */
import { readdirSync, readFileSync } from "node:fs";

/** USER_HZ, which is 100 on every Linux that Node runs on. */
const TICKS_PER_SECOND = 100;

function fieldsOf(file: string): string[] {
  const text = readFileSync(file, "latin1");
  return text.slice(text.lastIndexOf(")") + 2).split(" "); // the name before may hold spaces
}

/** utime + stime: fields 14 and 15 of proc(5), the third being the first after the name. */
function secondsOf(file: string): number {
  const fields = fieldsOf(file);
  return (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND;
}

function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return Number(fieldsOf(`/proc/${name}/stat`)[1]) === pid;
      } catch {
        return false; // has ended
      }
    })
    .map(Number);
}

function secondsOfTree(pid: number): number {
  let seconds = secondsOf(`/proc/${pid}/stat`);
  for (const child of childrenOf(pid)) seconds += secondsOfTree(child);
  return seconds;
}

/** Of this process. */
export interface CpuSeconds {
  /** The thread that runs gateway, handlers and pollers. */
  main: number;
  /** All others: the queue server, garbage collection, libuv. */
  otherThreads: number;
  children: number;
}

/** Zeros where there is no /proc. `exceptPid` is a child that does not count. */
export function readCpu(exceptPid?: number): CpuSeconds {
  try {
    const { pid } = process;
    const main = secondsOf(`/proc/self/task/${pid}/stat`);
    const children = childrenOf(pid).filter((child) => child !== exceptPid);
    return {
      main,
      otherThreads: secondsOf("/proc/self/stat") - main,
      children: children.reduce((seconds, child) => seconds + secondsOfTree(child), 0),
    };
  } catch {
    return { main: 0, otherThreads: 0, children: 0 };
  }
}

export function cpuSince(before: CpuSeconds, exceptPid?: number): CpuSeconds {
  const now = readCpu(exceptPid);
  return {
    main: now.main - before.main,
    otherThreads: now.otherThreads - before.otherThreads,
    children: now.children - before.children,
  };
}
