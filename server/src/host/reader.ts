import { serveAsReader } from "./reading.ts";

// A program of its own, because it is a small part of the whole and there in a fraction of the time.
serveAsReader();
