ARG ROOT
FROM $ROOT
ARG MAJOR
RUN rm -rf /var/lib/postgresql/* /etc/postgresql/* && \
    mkdir -p /var/lib/postgresql/data && chown -R postgres:postgres /var/lib/postgresql && chmod 1777 /var/lib/postgresql/data && \
    install -d -o postgres -g postgres -m 3777 /run/postgresql
ENV PATH=$PATH:/usr/lib/postgresql/$MAJOR/bin LANG=C.UTF-8 PGDATA=/var/lib/postgresql/data
COPY --chmod=755 docker-entrypoint.sh /usr/local/bin/
VOLUME /var/lib/postgresql/data
ENTRYPOINT ["docker-entrypoint.sh"]
STOPSIGNAL SIGINT
EXPOSE 5432
CMD ["postgres"]
