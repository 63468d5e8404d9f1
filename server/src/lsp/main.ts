import { serveAsDecoder } from "../host/decoding.ts";
import { serve } from "./server.ts";

if (!serveAsDecoder()) serve();
