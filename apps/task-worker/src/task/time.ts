/** A time of the database's clock (RFC 3339, microseconds) some whole seconds later, microseconds kept. */
export function later(time: string, seconds: number): string {
  const whole = new Date(Date.parse(`${time.slice(0, 19)}Z`) + seconds * 1000).toISOString().slice(0, 19);
  return whole + time.slice(19);
}

/** As the API shows it. */
export const wholeSeconds = (time: string): string => `${time.slice(0, 19)}Z`;
