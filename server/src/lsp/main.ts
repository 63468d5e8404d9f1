import { serveAsDecoder } from "../host/decoding.ts";
import { serveAsTimeline } from "../host/timeline.ts";
import { serve } from "./server.ts";

if (!serveAsDecoder() && !serveAsTimeline()) serve();
