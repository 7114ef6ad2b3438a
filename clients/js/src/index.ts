export { AntiphonCall, type CallEvents } from "./call";
export { listAgents, openSession, type AgentSummary } from "./server";
export { Trouble, type TroubleKind } from "./trouble";
export type { PageMessage } from "./protocol/page";
