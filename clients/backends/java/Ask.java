// A shop's back end in Java: `HttpClient` as it is, which offers HTTP/2 with its first request to every `http` address.
//   GATEWAY=file java Ask.java     (make test-clients, suite java)
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.Pattern;

class Ask {
    static final String GATEWAY = read();

    static String read() {
        try {
            return Files.readString(Path.of(System.getenv("GATEWAY")));
        } catch (IOException error) {
            throw new IllegalStateException(error);
        }
    }

    /** A field of a flat JSON object, which is all that the file is. */
    static String field(String name) {
        var found = Pattern.compile("\"" + name + "\"\\s*:\\s*\"([^\"]*)\"").matcher(GATEWAY);
        if (!found.find()) throw new IllegalStateException("no " + name);
        return found.group(1);
    }

    static HttpRequest.Builder at(String path) {
        return HttpRequest.newBuilder(URI.create(field("base") + path));
    }

    static HttpRequest question(boolean stream) {
        var body = "{\"message\": \"What does the drill cost?\", \"stream\": " + stream + "}";
        return at("/api/v1/chat")
                .header("Authorization", "Bearer " + field("secret_key"))
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(body))
                .build();
    }

    static void holds(String what, boolean holds, Object seen) {
        System.out.println((holds ? "ok    " : "FAILS ") + what + (holds ? "" : ": " + seen));
        if (!holds) System.exit(1);
    }

    public static void main(String[] arguments) throws Exception {
        var asItIs = HttpClient.newHttpClient();
        holds("it offers HTTP/2 by itself", asItIs.version() == HttpClient.Version.HTTP_2, asItIs.version());
        var answer = asItIs.send(question(false), BodyHandlers.ofString());
        holds("a chat is answered in spite of the offer", answer.statusCode() == 200, answer.body());
        holds("over HTTP/1.1", answer.version() == HttpClient.Version.HTTP_1_1, answer.version());

        var events = asItIs.send(question(true), BodyHandlers.ofLines()).body().filter(line -> line.startsWith("event: "));
        var names = events.toList();
        holds("a stream begins and ends", names.contains("event: start") && names.contains("event: done"), names);

        // Rows that AnythingLLM answers itself refuse every offer, because nothing of it may reach AnythingLLM.
        var script = at("/embed/anythingllm-chat-widget.min.js").GET().build();
        var refused = HttpClient.newHttpClient().send(script, BodyHandlers.ofString());
        var problem = refused.headers().firstValue("content-type").orElse("");
        holds("the offer is refused where AnythingLLM answers", refused.statusCode() == 400, refused.statusCode());
        holds("with a problem document", problem.startsWith("application/problem+json"), problem);
        var without = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        var served = without.send(script, BodyHandlers.ofString());
        holds("without the offer it is served", served.statusCode() == 200, served.statusCode());
    }
}
