/** `count` ports that are free now on this machine's loopback address, all different. */
export function freePorts(count: number): Promise<number[]>;
/** Throws, saying why, when nobody can listen there. */
export function assertFree(host: string, port: number): Promise<void>;
