/** `count` ports that are free now on this machine's loopback address, all different. */
export function freePorts(count: number): Promise<number[]>;
