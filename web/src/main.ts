import { AntiphonCall } from "@antiphon/client";
import { Hooks } from "./hooks.js";
import { Page } from "./page.js";

const call = new AntiphonCall();
window.antiphon = new Hooks(call);
void new Page(call, window.antiphon).enter();
