import { each, type Model, type Table } from "./model.ts";

const verbs = ["Get", "Post", "Put", "Delete", "Patch", "Head", "Options", "Connect", "Trace"];
const upper = verbs.map((verb) => verb.toUpperCase());
const serve: Model = { many: true, how: "handler", methods: ["ServeHTTP"] };
/** A path, then the handler. */
const route: Model = { ...serve, spawn: 2 };
/** A path, then any number of handlers. */
const chain: Model = { ...serve, spawn: 2, variadic: true };
const middleware: Model = { ...serve, spawn: 1, variadic: true };
const message: Model = { many: true, how: "handler" };

const netHttp: Table = [
  ...each("net/http.", ["HandleFunc", "Handle", "ListenAndServe", "Serve"], { ...serve, spawn: 1 }, "http."),
  ["net/http.ListenAndServeTLS", { ...serve, spawn: 3, label: "http.ListenAndServeTLS" }],
  ...each("net/http.(ServeMux).", ["HandleFunc", "Handle"], route, "http.ServeMux."),
  ...each(
    "net/http/httptest.",
    ["NewServer", "NewTLSServer", "NewUnstartedServer"],
    { ...serve, spawn: 0 },
    "httptest.",
  ),
];

const routers: Table = [
  ...each("github.com/gorilla/mux.(Router).", ["HandleFunc", "Handle"], route, "mux.Router."),
  ...each("github.com/gorilla/mux.(Route).", ["HandlerFunc", "Handler"], { ...serve, spawn: 1 }, "mux.Route."),
  ...["github.com/go-chi/chi/v5", "github.com/go-chi/chi"].flatMap((path) =>
    ["Mux", "Router"].flatMap(
      (type): Table => [
        ...each(`${path}.(${type}).`, [...verbs, "HandleFunc", "Handle"], route, `chi.${type}.`),
        ...each(`${path}.(${type}).`, ["Method", "MethodFunc"], { ...serve, spawn: 3 }, `chi.${type}.`),
      ],
    ),
  ),
  ...["RouterGroup", "IRoutes", "IRouter"].flatMap(
    (type): Table => [
      ...each(`github.com/gin-gonic/gin.(${type}).`, [...upper, "Any"], chain, "gin."),
      ...each(`github.com/gin-gonic/gin.(${type}).`, ["Use"], middleware, "gin."),
      ...each(`github.com/gin-gonic/gin.(${type}).`, ["Handle"], { ...chain, spawn: 3 }, "gin."),
    ],
  ),
  ...each("github.com/gin-gonic/gin.(Engine).", ["Use", "NoRoute", "NoMethod"], middleware, "gin."),
  ...["github.com/labstack/echo/v4", "github.com/labstack/echo"].flatMap((path) =>
    ["Echo", "Group"].flatMap(
      (type): Table => [
        ...each(`${path}.(${type}).`, [...upper, "Any"], route, `echo.${type}.`),
        ...each(`${path}.(${type}).`, ["Use", "Pre"], middleware, `echo.${type}.`),
      ],
    ),
  ),
  ...["github.com/gofiber/fiber/v2", "github.com/gofiber/fiber/v3"].flatMap((path) =>
    ["App", "Group", "Router"].flatMap(
      (type): Table => [
        ...each(`${path}.(${type}).`, [...verbs, "All"], chain, `fiber.${type}.`),
        ...each(`${path}.(${type}).`, ["Use"], middleware, `fiber.${type}.`),
      ],
    ),
  ),
  ...each("github.com/julienschmidt/httprouter.(Router).", upper, route, "httprouter."),
  ...each(
    "github.com/julienschmidt/httprouter.(Router).",
    ["Handle", "Handler", "HandlerFunc"],
    { ...serve, spawn: 3 },
    "httprouter.",
  ),
  ...["github.com/beego/beego/v2/server/web", "github.com/astaxie/beego"].flatMap((path) =>
    each(`${path}.`, [...verbs, "Any"], { ...serve, spawn: 1 }, "beego."),
  ),
  ...["HttpServer", "ControllerRegister"].flatMap((type) =>
    each(`github.com/beego/beego/v2/server/web.(${type}).`, [...verbs, "Any"], route, "beego."),
  ),
  ...each("github.com/go-kratos/kratos/v2/transport/http.(Router).", upper, route, "kratos."),
  ...each("github.com/go-kratos/kratos/v2/transport/http.(Server).", ["HandleFunc", "Handle"], route, "kratos."),
  ...each("github.com/valyala/fasthttp.", ["ListenAndServe"], { ...serve, spawn: 1 }, "fasthttp."),
  ...each("github.com/emicklei/go-restful/v3.(RouteBuilder).", ["To"], { ...serve, spawn: 1 }, "restful."),
];

const rpc: Table = [
  ...each(
    "google.golang.org/grpc.",
    ["UnaryInterceptor", "StreamInterceptor", "ChainUnaryInterceptor", "ChainStreamInterceptor"],
    { ...message, spawn: 0, variadic: true },
    "grpc.",
  ),
  ...each(
    "google.golang.org/grpc.",
    ["WithUnaryInterceptor", "WithStreamInterceptor", "WithChainUnaryInterceptor", "WithChainStreamInterceptor"],
    { ...message, spawn: 0, variadic: true },
    "grpc.",
  ),
];

const consumers: Table = [
  ...["Conn", "EncodedConn"].flatMap((type) => [
    ...each(`github.com/nats-io/nats.go.(${type}).`, ["Subscribe"], { spawn: 2, how: "handler" }, "nats."),
    ...each(`github.com/nats-io/nats.go.(${type}).`, ["QueueSubscribe"], { spawn: 3, how: "handler" }, "nats."),
  ]),
  ["cloud.google.com/go/pubsub.(Subscription).Receive", { ...message, spawn: 2, label: "pubsub.Receive" }],
  ["github.com/nsqio/go-nsq.(Consumer).AddHandler", { spawn: 1, how: "handler", methods: ["HandleMessage"] }],
  [
    "github.com/nsqio/go-nsq.(Consumer).AddConcurrentHandlers",
    { ...message, spawn: 1, methods: ["HandleMessage"], label: "nsq.AddConcurrentHandlers" },
  ],
  ...["github.com/IBM/sarama", "github.com/Shopify/sarama"].map((path): Table[number] => [
    `${path}.(ConsumerGroup).Consume`,
    { ...message, spawn: 3, methods: ["ConsumeClaim"], label: "sarama.Consume" },
  ]),
  ["github.com/eclipse/paho.mqtt.golang.(Client).Subscribe", { ...message, spawn: 3, label: "mqtt.Subscribe" }],
  ["github.com/hibiken/asynq.(ServeMux).HandleFunc", { ...message, spawn: 2, label: "asynq.HandleFunc" }],
  ...each(
    "github.com/prometheus/client_golang/prometheus.",
    ["MustRegister", "Register"],
    { ...message, spawn: 0, variadic: true, methods: ["Collect"] },
    "prometheus.",
  ),
  ...["Registry", "Registerer"].flatMap((type) =>
    each(
      `github.com/prometheus/client_golang/prometheus.(${type}).`,
      ["MustRegister", "Register"],
      { ...message, spawn: 1, variadic: true, methods: ["Collect"] },
      `prometheus.${type}.`,
    ),
  ),
  ["github.com/prometheus/client_golang/prometheus.NewGaugeFunc", { ...message, spawn: 1 }],
  ["github.com/prometheus/client_golang/prometheus.NewCounterFunc", { ...message, spawn: 1 }],
  ["log/slog.New", { ...message, spawn: 0, methods: ["Handle"], label: "slog.New" }],
  ["net/rpc.Register", { ...message, spawn: 0, methods: ["*"], label: "rpc.Register" }],
  ["net/rpc.(Server).Register", { ...message, spawn: 1, methods: ["*"], label: "rpc.Server.Register" }],
];

/** Who calls what it is given for each request, message or event. */
export const servers: Table = [...netHttp, ...routers, ...rpc, ...consumers];

/** Fields whose functions, or whose values' methods, the library calls from goroutines of its own. */
export const handlerFields: ReadonlyMap<string, { methods: readonly string[]; label: string }> = new Map([
  ["net/http.Server.Handler", { methods: ["ServeHTTP"], label: "http.Server" }],
  ["net/http.Client.Transport", { methods: ["RoundTrip"], label: "http.Client" }],
  ["net/http.Transport.DialContext", { methods: [], label: "http.Transport.DialContext" }],
  ["net/http/httputil.ReverseProxy.Director", { methods: [], label: "ReverseProxy.Director" }],
  ["net/http/httputil.ReverseProxy.Rewrite", { methods: [], label: "ReverseProxy.Rewrite" }],
  ["net/http/httputil.ReverseProxy.ModifyResponse", { methods: [], label: "ReverseProxy.ModifyResponse" }],
  ["crypto/tls.Config.GetCertificate", { methods: [], label: "tls.Config.GetCertificate" }],
  ["crypto/tls.Config.GetConfigForClient", { methods: [], label: "tls.Config.GetConfigForClient" }],
  ["github.com/zeromicro/go-zero/rest.Route.Handler", { methods: ["ServeHTTP"], label: "rest.Route" }],
]);
