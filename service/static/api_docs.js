// Starts Swagger UI on the document that the page names; no validator, which would be asked over the network.
const page = document.getElementById("swagger-ui");
SwaggerUIBundle({ url: page.dataset.document, dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null });
