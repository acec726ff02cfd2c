/**
 * Starts to measure the processor time of this thread: other programs of the machine do not count.
 * The function gives the milliseconds since then. For work that does not wait.
 */
export function startThreadClock(): () => number {
  const started = process.threadCpuUsage();
  return () => {
    const { user, system } = process.threadCpuUsage(started);
    return (user + system) / 1_000;
  };
}
