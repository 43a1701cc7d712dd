/* render.c: see render.h. */
#include "render.h"

#include "timestamp.h"

static void render_json(struct buf *out, const char *name, struct span value) {
    buf_text(out, name);
    buf_span(out, value.at ? value : SPAN_OF("null"));
}

static void render_times(struct buf *out, struct times times) {
    buf_text(out, ",\"created_at\":\"");
    timestamp_append(out, times.created);
    buf_text(out, "\",\"updated_at\":\"");
    timestamp_append(out, times.updated);
    buf_text(out, "\"}");
}

void render_session(struct buf *out, struct span session_id, struct span multi_agent_state, struct times times) {
    buf_text(out, "{\"session_id\":");
    buf_json_string(out, session_id);
    render_json(out, ",\"session_type\":\"AGENT\",\"multi_agent_state\":", multi_agent_state);
    render_times(out, times);
}

void render_agent(struct buf *out, struct span agent_id, struct span state, struct span conversation_manager_state,
                  struct span internal_state, struct times times) {
    buf_text(out, "{\"agent_id\":");
    buf_json_string(out, agent_id);
    render_json(out, ",\"state\":", state);
    render_json(out, ",\"conversation_manager_state\":", conversation_manager_state);
    render_json(out, ",\"internal_state\":", internal_state);
    render_json(out, ",\"_internal_state\":", internal_state);
    render_times(out, times);
}

void render_message(struct buf *out, int32_t message_id, struct span message, struct span redact_message,
                    struct times times) {
    buf_text(out, "{\"message_id\":");
    buf_integer(out, message_id);
    render_json(out, ",\"message\":", message);
    render_json(out, ",\"redact_message\":", redact_message);
    render_times(out, times);
}

void render_multi_agent(struct buf *out, struct span multi_agent_id, struct span state, struct times times) {
    buf_text(out, "{\"multi_agent_id\":");
    buf_json_string(out, multi_agent_id);
    render_json(out, ",\"state\":", state);
    render_times(out, times);
}
