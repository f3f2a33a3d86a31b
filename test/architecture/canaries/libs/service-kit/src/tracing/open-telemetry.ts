export const openTelemetry = (): null => null;
