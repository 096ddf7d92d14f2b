// What is used of libxml2. Of the product only the target XMLTree imports this.
#ifndef GATEHOUSE_CXML2_SHIM_H
#define GATEHOUSE_CXML2_SHIM_H

// Debian's libxml2 is built with ICU, and one of its headers then includes ICU's: the same names as in the ICU that
// Foundation brings, with other definitions, which the compiler refuses where a file imports both. Only the structure
// of a character encoding handler differs without this, and nothing here looks into one.
#include <libxml/xmlversion.h>
#undef LIBXML_ICU_ENABLED

#include <libxml/c14n.h>
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>
#include <libxml/xmlerror.h>
#include <libxml/xmlmemory.h>

// libxml2 prints to standard error unless it is told otherwise. What it would say holds text of the message, so nothing
// of it is kept: the caller reports the error's number and place.
static inline void gatehouse_ignore_error(void *data, xmlErrorPtr error) {
    (void)data;
    (void)error;
}

// The handler for errors without a parser is one per thread, and which thread this runs on is not ours to say: so it is
// set again before each use.
static inline void gatehouse_silence_this_thread(void) {
    xmlSetStructuredErrorFunc(NULL, gatehouse_ignore_error);
}

// A subtree that is canonicalised, and what is left out of it.
typedef struct {
    const xmlNode *apex;
    const xmlNode *omitted;  // NULL when nothing is left out
    const xmlNode *last;     // the element asked about last, and what the answer was
    int last_is_inside;
    xmlOutputBufferPtr output;
    size_t most;
    int overflowed;
} gatehouse_subtree;

static inline int gatehouse_is_inside(gatehouse_subtree *subtree, const xmlNode *element) {
    int inside = 0;
    const xmlNode *node;
    if (element == subtree->last) return subtree->last_is_inside;
    for (node = element; node != NULL && node->type == XML_ELEMENT_NODE; node = node->parent) {
        if (node == subtree->omitted) break;
        if (node == subtree->apex) {
            inside = 1;
            break;
        }
    }
    subtree->last = element;
    subtree->last_is_inside = inside;
    return inside;
}

// Called for every element, namespace, attribute and text, so it is in C. An element answers for itself, everything else
// is visible where its element is. (xmlNs has its type where xmlNode has it, which libxml2 itself relies on.)
//
// Exclusive canonicalisation repeats a namespace at every element that uses it, so a short message can have a long
// canonical form. From `most` bytes on nothing is visible any more, and the result is thrown away.
static inline int gatehouse_is_visible(void *data, xmlNodePtr node, xmlNodePtr parent) {
    gatehouse_subtree *subtree = (gatehouse_subtree *)data;
    if (node == NULL || subtree->overflowed) return 0;
    if (node->type == XML_ELEMENT_NODE) {
        if (xmlOutputBufferGetSize(subtree->output) > subtree->most) {
            subtree->overflowed = 1;
            return 0;
        }
        return gatehouse_is_inside(subtree, node);
    }
    return gatehouse_is_inside(subtree, parent);
}

// Exclusive XML Canonicalization 1.0 without comments of `apex` and what is below it, less `omitted`, into `output`.
// 0 is success; after anything else what the buffer holds is worthless.
//
// libxml2 walks a whole document and asks about each node. It is given a copy of the document's head that begins at the
// apex and ends with it, so that a SignedInfo costs what a SignedInfo is worth. Namespaces in scope are looked up through
// the nodes' parents, which are all there.
static inline int gatehouse_canonicalize(
    xmlNodePtr apex, xmlNodePtr omitted, xmlChar **prefixes, size_t most, xmlOutputBufferPtr output
) {
    xmlDoc head;
    xmlNodePtr next;
    int status;
    gatehouse_subtree subtree = {apex, omitted, NULL, 0, output, most, 0};
    if (apex == NULL || apex->type != XML_ELEMENT_NODE || apex->doc == NULL || output == NULL) return -1;
    head = *apex->doc;
    head.children = apex;
    // Its siblings would be walked too, invisible and at full price.
    next = apex->next;
    apex->next = NULL;
    status = xmlC14NExecute(
        &head, gatehouse_is_visible, &subtree, XML_C14N_EXCLUSIVE_1_0, prefixes, 0, output);
    apex->next = next;
    if (status < 0) return -1;
    return subtree.overflowed || xmlOutputBufferGetSize(output) > most ? -1 : 0;
}

#endif
