#include "base/jsonname.h"

#include <string.h>

#include "base/buf.h"
#include "base/text.h"

int
jsonname_put(json_t *o, const char *key, const char *hex_key,
    const char *name, struct err *e)
{
	struct buf text, hex;
	const char *p;
	int r;

	if (text_is_utf8(name))
		return json_object_set_new(o, key, json_string(name));
	buf_init(&text, 4 * strlen(name) + 4096);
	buf_init(&hex, 4 * strlen(name) + 4096);
	text_escape(&text, name, e);
	for (p = name; *p != '\0' && hex_key != NULL; p++)
		text_printf(&hex, e, "%02x", (unsigned char)*p);
	r = json_object_set_new(o, key, json_stringn((char *)text.data,
	    text.size));
	if (hex_key != NULL)
		r |= json_object_set_new(o, hex_key,
		    json_stringn((char *)hex.data, hex.size));
	buf_free(&text);
	buf_free(&hex);
	return e->code != ERR_OK ? -1 : r;
}

int
jsonname_put_or_null(json_t *o, const char *key, const char *hex_key,
    const char *name, struct err *e)
{
	if (name == NULL)
		return json_object_set_new(o, key, json_null());
	return jsonname_put(o, key, hex_key, name, e);
}
