// Starts Swagger UI on the OpenAPI document of this service, without the online validator.
const page = document.getElementById("swagger-ui");
SwaggerUIBundle({ url: page.dataset.document, dom_id: "#swagger-ui", deepLinking: true, validatorUrl: null });
